// Functions for the JVM, compiled into directories as packages unpack to.
import { execFile } from 'node:child_process';
import { access, copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const own = path.join(root, 'runtimes/jvm/out/nest-function.jar');
/** Debian's jars that the large function brings along: together some 5 MB. */
const dependencies = ['jackson-core', 'jackson-annotations', 'jackson-databind', 'guava'].map((name) => `/usr/share/java/${name}.jar`);

const answers = (body, members = '') => `
  import dev.nest.function.*;
  public class F implements HttpHandler {
    ${members}
    public void handle(HttpRequest request, HttpResponse response) throws Exception { ${body} }
  }`;

/** One class. */
export function trivial(directory) {
  return compile(directory, { F: answers('response.write("hello");') });
}

/** A jar of some 50 KB, whose classes are all used; it answers how often it has been called since it was loaded, and a number. */
export async function medium(directory) {
  const members = 'static final java.util.concurrent.atomic.AtomicInteger CALLS = new java.util.concurrent.atomic.AtomicInteger();';
  const sources = { F: answers('response.write(CALLS.incrementAndGet() + " " + N0.value(1));', members) };
  for (let index = 0; index < 52; index++) {
    const next = index < 51 ? `N${index + 1}.value(x)` : 'x';
    const methods = Array.from({ length: 12 }, (_, m) =>
      `static String m${m}(java.util.List<String> words, long x) { StringBuilder out = new StringBuilder("n${index}m${m}"); for (String word : words) { out.append(word).append(x * ${m + 3}); } return out.toString(); }`);
    sources[`N${index}`] = `class N${index} { static int value(int x) { return ${next} + m0(java.util.List.of("a"), x).length(); } ${methods.join('\n')} }`;
  }
  const classes = await compile(path.join(directory, 'classes'), sources);
  await run('jar', ['--create', '--file', path.join(directory, 'app.jar'), '-C', classes, '.']);
  const package_ = path.join(directory, 'package');
  await mkdir(package_, { recursive: true });
  await copyFile(path.join(directory, 'app.jar'), path.join(package_, 'app.jar'));
  return { directory: package_, jar: path.join(directory, 'app.jar'), bytes: (await stat(path.join(directory, 'app.jar'))).size };
}

/** A function with Jackson and Guava in lib/. */
export async function large(directory) {
  const members = `
    private static final com.fasterxml.jackson.databind.ObjectMapper MAPPER = new com.fasterxml.jackson.databind.ObjectMapper();
    private final com.google.common.collect.ImmutableMap<String, String> map = com.google.common.collect.ImmutableMap.of("a", "b");
    public F() throws Exception { MAPPER.readTree("{\\"a\\": [1, 2]}"); MAPPER.writeValueAsString(map); }`;
  const classes = await compile(path.join(directory, 'classes'), { F: answers('response.write(MAPPER.writeValueAsString(map));', members) }, dependencies);
  const lib = path.join(directory, 'lib');
  await mkdir(lib, { recursive: true });
  let bytes = 0;
  for (const jar of dependencies) {
    await copyFile(jar, path.join(lib, path.basename(jar)));
    bytes += (await stat(jar)).size;
  }
  return { directory, classes, bytes };
}

/** One that leaves threads, thread-locals, timers and a JDBC driver behind. */
export function untidy(directory) {
  const members = `
    static final ThreadLocal<Object> LOCAL = ThreadLocal.withInitial(() -> new F(0));
    static final java.util.concurrent.ExecutorService POOL = java.util.concurrent.Executors.newFixedThreadPool(2);
    static final java.util.Timer TIMER = new java.util.Timer();
    byte[] ballast = new byte[10_000];
    public F() { this(1); }
    private F(int any) { }
    public static class OwnDriver implements java.sql.Driver {
      public java.sql.Connection connect(String url, java.util.Properties info) { return null; }
      public boolean acceptsURL(String url) { return false; }
      public java.sql.DriverPropertyInfo[] getPropertyInfo(String url, java.util.Properties info) { return new java.sql.DriverPropertyInfo[0]; }
      public int getMajorVersion() { return 1; }
      public int getMinorVersion() { return 0; }
      public boolean jdbcCompliant() { return false; }
      public java.util.logging.Logger getParentLogger() { return null; }
    }`;
  return compile(directory, {
    F: answers(`
      LOCAL.get();
      POOL.submit(() -> LOCAL.get()).get();
      java.util.concurrent.ForkJoinPool.commonPool().submit(() -> LOCAL.get()).get();
      TIMER.schedule(new java.util.TimerTask() { public void run() { } }, 3_600_000);
      Thread sleeper = new Thread(() -> { LOCAL.get(); try { Thread.sleep(3_600_000); } catch (InterruptedException over) { } });
      sleeper.start();
      java.sql.DriverManager.registerDriver(new OwnDriver());
      response.write("used");`, members),
  });
}

async function compile(directory, sources, jars = []) {
  await mkdir(directory, { recursive: true });
  for (const jar of jars) {
    await access(jar).catch(() => { throw new Error(`${jar} is missing: deploy/local/install-packages bench installs it`); });
  }
  const texts = path.join(path.dirname(directory), `${path.basename(directory)}-sources`);
  await mkdir(texts, { recursive: true });
  const files = [];
  for (const [name, text] of Object.entries(sources)) {
    files.push(path.join(texts, `${name}.java`));
    await writeFile(files.at(-1), text);
  }
  await run('javac', ['-J-XX:TieredStopAtLevel=1', '-cp', [own, ...jars].join(':'), '-d', directory, ...files]);
  return directory;
}
