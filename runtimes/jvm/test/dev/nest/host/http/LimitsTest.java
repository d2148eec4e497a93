package dev.nest.host.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Concurrency, time, and the end. */
@Timeout(30)
class LimitsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static Served.Body holding(Semaphore permits, LinkedBlockingQueue<String> began) {
        return (exchange) -> {
            began.add(exchange.head().path());
            permits.acquire();
            byte[] path = exchange.head().path().getBytes(StandardCharsets.UTF_8);
            exchange.answer().write(path, 0, path.length);
        };
    }

    private static Client.Response answer(Client client) {
        try {
            return client.receive();
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }

    @Test
    void noMoreThanItsConcurrencyAreInTheHandler() throws Exception {
        Semaphore permits = new Semaphore(0);
        LinkedBlockingQueue<String> began = new LinkedBlockingQueue<>();
        List<Client> clients = new ArrayList<>();
        try (Served served = new Served(new Server.Limits(2, 10_000, 200), holding(permits, began))) {
            for (int i = 0; i < 4; i++) {
                clients.add(served.connect().send("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n"));
                served.awaitActive(i + 1);
            }
            assertTrue(List.of("/0", "/1").containsAll(List.of(began.take(), began.take())));
            assertNull(began.peek());
            permits.release();
            assertEquals("/2", began.poll(10, TimeUnit.SECONDS));
            permits.release();
            assertEquals("/3", began.poll(10, TimeUnit.SECONDS));
            permits.release(2);
            for (Client client : clients) {
                assertEquals(200, client.receive().status());
                client.close();
            }
        }
    }

    @Test
    void whenTooManyWaitTheNextIsRefused() throws Exception {
        Semaphore permits = new Semaphore(0);
        List<Client> clients = new ArrayList<>();
        try (Served served = new Served(new Server.Limits(1, 10_000, 200),
            holding(permits, new LinkedBlockingQueue<>()))) {
            for (int i = 0; i <= Gate.QUEUE_LIMIT; i++) {
                clients.add(served.connect().send(GET));
            }
            served.awaitActive(Gate.QUEUE_LIMIT + 1);
            try (Client over = served.connect()) {
                Client.Response refused = over.send(GET).receive();
                assertEquals("503 1", refused.status() + " " + refused.field("retry-after"));
                assertTrue(refused.body().contains("100 requests already wait for the function, whose concurrency is 1"), refused.body());
            }
            permits.release(1000);
            for (Client client : clients) {
                assertEquals(200, client.receive().status());
                client.close();
            }
            served.await((it) -> it.errors() == 1);
        }
    }

    @Test
    void oneWhoseClientIsGoneMakesRoom() throws Exception {
        LinkedBlockingQueue<String> began = new LinkedBlockingQueue<>();
        Semaphore permits = new Semaphore(0);
        try (Served served = new Served(new Server.Limits(1, 10_000, 200), holding(permits, began))) {
            Client first = served.connect().send(GET);
            served.awaitActive(1);
            try (Client second = served.connect().send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n")) {
                served.awaitActive(2);
                first.close();
                assertEquals("/", began.take());
                assertEquals("/second", began.poll(10, TimeUnit.SECONDS));
                permits.release(2);
                assertEquals("/second", second.receive().body());
            }
        }
    }

    @Test
    void oneThatIsLateIsAnsweredAndInterrupted() throws Exception {
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        Served.Body body = (exchange) -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException error) {
                assertTrue(exchange.isCancelled());
                ended.complete(error);
                throw error;
            }
        };
        try (Served served = new Served(new Server.Limits(1, 300, 5000), body); Client client = served.connect()) {
            Client.Response late = client.send(GET).receive();
            assertEquals("504 " + Problem.TYPE, late.status() + " " + late.field("content-type"));
            assertTrue(late.body().contains("did not answer within 0.3 s (timeoutSeconds)"), late.body());
            assertNotNull(ended.get(10, TimeUnit.SECONDS));
            assertEquals(504, client.send(GET).receive().status());
            served.await((it) -> it.errors() == 2);
            assertNull(served.stuck.peek());
        }
    }

    @Test
    void oneThatWaitsForAPlaceIsLateToo() throws Exception {
        Semaphore permits = new Semaphore(0);
        Served.Body body = (exchange) -> permits.acquireUninterruptibly();
        try (Served served = new Served(new Server.Limits(1, 300, 60_000),
            body); Client one = served.connect(); Client two = served.connect()) {
            one.send(GET);
            served.awaitActive(1);
            two.send(GET);
            served.awaitActive(2);
            assertEquals(504, one.receive().status());
            assertEquals(504, two.receive().status());
            permits.release(2);
        }
    }

    @Test
    void aThreadThatDoesNotEndIsReported() throws Exception {
        Semaphore permits = new Semaphore(0);
        try (Served served = new Served(new Server.Limits(1, 200, 200), (exchange) ->
            permits.acquireUninterruptibly()); Client client = served.connect()) {
            assertEquals(504, client.send(GET).receive().status());
            assertNotNull(served.stuck.poll(10, TimeUnit.SECONDS));
            permits.release();
        }
    }

    @Test
    void theInterruptOfOneRequestNeverMeetsTheNext() throws Exception {
        Served.Body body = (exchange) -> {
            if (Thread.interrupted()) {
                throw new AssertionError("It is interrupted before it begins.");
            }
            if (exchange.head().path().equals("/late")) {
                new CountDownLatch(1).await();
            }
        };
        try (Served served = new Served(new Server.Limits(1, 100, 5000), body); Client client = served.connect()) {
            for (int i = 0; i < 10; i++) {
                assertEquals(504, client.get("/late").status());
                assertEquals(200, client.get("/next").status());
            }
        }
    }

    @Test
    void anAnswerThatHasBegunMayLast() throws Exception {
        Served.Body body = (exchange) -> {
            exchange.answer().write(new byte[] {'a'}, 0, 1);
            exchange.answer().flush();
            Thread.sleep(600);
            exchange.answer().write(new byte[] {'b'}, 0, 1);
        };
        try (Served served = new Served(new Server.Limits(1, 200, 200), body); Client client = served.connect()) {
            assertEquals("ab", client.send(GET).receive().body());
            assertNull(served.stuck.peek());
        }
    }

    @Test
    void drainingFinishesWhatIsInFlightAndServesIdleConnections() throws Exception {
        Semaphore permits = new Semaphore(0);
        try (Served served = new Served(new Server.Limits(8, 10_000, 200),
            holding(permits, new LinkedBlockingQueue<>()));
             Client busy = served.connect(); Client idle = served.connect()) {
            permits.release();
            assertNull(idle.send(GET).receive().field("connection"));
            busy.send(GET);
            served.awaitActive(1);
            CompletableFuture<Void> done = served.drain(10_000);
            // Its turn has been.
            served.counts();
            permits.release(2);
            assertEquals("close", answer(busy).field("connection"));
            Client.Response last = idle.send(GET).receive();
            assertEquals("200 close", last.status() + " " + last.field("connection"));
            done.join();
        }
    }

    @Test
    void drainingGivesUpAfterTheGrace() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        Served.Body body = (exchange) -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException error) {
                interrupted.countDown();
            }
        };
        try (Served served = new Served(new Server.Limits(1, 10_000, 200), body); Client client = served.connect()) {
            client.send(GET);
            served.awaitActive(1);
            served.drain(200).join();
            assertTrue(interrupted.await(10, TimeUnit.SECONDS));
            assertEquals("", client.rest());
        }
    }
}
