/** What a function in Java may be written against. It needs nothing else. */
module dev.nest.function {
    exports dev.nest.function;
}
