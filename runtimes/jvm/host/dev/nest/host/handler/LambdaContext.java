package dev.nest.host.handler;

import dev.nest.function.Logger;
import java.nio.charset.StandardCharsets;

/** What com.amazonaws.services.lambda.runtime.Context says. */
record LambdaContext(Invocation invocation) {
    String getAwsRequestId() {
        return invocation.requestId();
    }

    String getLogGroupName() {
        return invocation.function().namespace();
    }

    String getLogStreamName() {
        return invocation.function().sandbox();
    }

    String getFunctionName() {
        return invocation.function().name();
    }

    String getFunctionVersion() {
        return invocation.function().revision();
    }

    String getInvokedFunctionArn() {
        return "arn:nest:function:" + invocation.function().namespace() + ":" + invocation.function().name();
    }

    Object getIdentity() {
        return null;
    }

    Object getClientContext() {
        return null;
    }

    String getXrayTraceId() {
        return null;
    }

    String getTenantId() {
        return null;
    }

    int getRemainingTimeInMillis() {
        return (int) Math.min(Integer.MAX_VALUE, invocation.remainingMillis());
    }

    int getMemoryLimitInMB() {
        return (int) (Runtime.getRuntime().maxMemory() >> 20);
    }

    Lines getLogger() {
        return new Lines(invocation.logger());
    }

    /** What com.amazonaws.services.lambda.runtime.LambdaLogger does. */
    record Lines(Logger logger) {
        void log(String message) {
            logger.info("%s", message);
        }

        /** @param level of Lambda's own type */
        void log(String message, Object level) {
            switch (String.valueOf(level)) {
                case "TRACE", "DEBUG" -> logger.debug("%s", message);
                case "WARN" -> logger.warn("%s", message);
                case "ERROR", "FATAL" -> logger.error("%s", new Object[] {message});
                default -> logger.info("%s", message);
            }
        }

        void log(byte[] message, Object level) {
            log(new String(message, StandardCharsets.UTF_8), level);
        }

        void log(byte[] message) {
            logger.info("%s", new String(message, StandardCharsets.UTF_8));
        }
    }
}
