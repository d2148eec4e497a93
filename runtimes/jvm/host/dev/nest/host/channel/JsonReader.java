package dev.nest.host.channel;

import dev.nest.host.channel.Json.SyntaxException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads one JSON document, strictly. */
final class JsonReader {
    private static final int END = -1;
    private final String text;
    private int at;

    JsonReader(String text) {
        this.text = text;
    }

    Object document() throws SyntaxException {
        Object value = value(0);
        if (peek() != END) {
            throw unexpected("after the end");
        }
        return value;
    }

    private Object value(int depth) throws SyntaxException {
        int next = peek();
        switch (next) {
            case '{':
                return object(deeper(depth));
            case '[':
                return array(deeper(depth));
            case '"':
                return string();
            case 't':
                return word("true", Boolean.TRUE);
            case 'f':
                return word("false", Boolean.FALSE);
            case 'n':
                return word("null", null);
            default:
                if (next == '-' || isDigit(next)) {
                    return number();
                }
                throw unexpected("where a value is expected");
        }
    }

    private static int deeper(int depth) throws SyntaxException {
        if (depth >= Json.DEPTH) {
            throw new SyntaxException("it is nested deeper than " + Json.DEPTH);
        }
        return depth + 1;
    }

    private Map<String, Object> object(int depth) throws SyntaxException {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        if (peek() == '}') {
            at++;
            return members;
        }
        while (true) {
            if (peek() != '"') {
                throw unexpected("where a member's name is expected");
            }
            String name = string();
            take(':', "where ':' is expected");
            members.put(name, value(depth));
            if (peek() == '}') {
                at++;
                return members;
            }
            take(',', "in an object");
        }
    }

    private List<Object> array(int depth) throws SyntaxException {
        List<Object> items = new ArrayList<>();
        at++;
        if (peek() == ']') {
            at++;
            return items;
        }
        while (true) {
            items.add(value(depth));
            if (peek() == ']') {
                at++;
                return items;
            }
            take(',', "in an array");
        }
    }

    private String string() throws SyntaxException {
        int from = ++at;
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\' && text.charAt(at) >= ' ') {
            at++;
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return text.substring(from, at++);
        }
        StringBuilder out = new StringBuilder().append(text, from, at);
        while (true) {
            if (at >= text.length() || text.charAt(at) < ' ') {
                throw unexpected("in a string");
            }
            char next = text.charAt(at++);
            if (next == '"') {
                return out.toString();
            }
            out.append(next == '\\' ? escaped() : next);
        }
    }

    private char escaped() throws SyntaxException {
        int place = at;
        int next = at < text.length() ? text.charAt(at++) : END;
        switch (next) {
            case '"': case '\\': case '/':
                return (char) next;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                return unicode();
            default:
                at = place;
                throw unexpected("after a backslash");
        }
    }

    private char unicode() throws SyntaxException {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length() && text.charAt(at) < 128 ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0) {
                throw unexpected("where a hexadecimal digit is expected");
            }
            code = code * 16 + digit;
            at++;
        }
        return (char) code;
    }

    private Number number() throws SyntaxException {
        int from = at;
        skip('-');
        if (!skip('0')) {
            digits();
        }
        boolean isWhole = true;
        if (skip('.')) {
            isWhole = false;
            digits();
        }
        if (skip('e') || skip('E')) {
            isWhole = false;
            if (!skip('+')) {
                skip('-');
            }
            digits();
        }
        String digits = text.substring(from, at);
        return isWhole ? whole(digits) : (Number) Double.valueOf(digits);
    }

    private static Number whole(String digits) throws SyntaxException {
        if (digits.length() <= 18) {
            long value = Long.parseLong(digits);
            return value == (int) value ? (Number) (int) value : (Number) value;
        }
        // Reading a number of n digits takes n squared.
        if (digits.length() > 1000) {
            throw new SyntaxException("it has a number of more than 1000 digits");
        }
        BigInteger value = new BigInteger(digits);
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }

    private void digits() throws SyntaxException {
        if (at >= text.length() || !isDigit(text.charAt(at))) {
            throw unexpected("where a digit is expected");
        }
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
    }

    private boolean skip(char wanted) {
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private Object word(String word, Object value) throws SyntaxException {
        if (!text.startsWith(word, at)) {
            throw unexpected("where a value is expected");
        }
        at += word.length();
        return value;
    }

    private void take(char wanted, String where) throws SyntaxException {
        if (peek() != wanted) {
            throw unexpected(where);
        }
        at++;
    }

    /** The next character that is no white space; it is not taken. */
    private int peek() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : END;
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9';
    }

    private SyntaxException unexpected(String where) {
        if (at >= text.length()) {
            return new SyntaxException("it ends too early, at position " + at);
        }
        char found = text.charAt(at);
        String name = found < ' ' || found > '~' ? String.format("character U+%04X", (int) found) : "'" + found + "'";
        return new SyntaxException("unexpected " + name + " " + where + ", at position " + at);
    }
}
