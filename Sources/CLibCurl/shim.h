// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift does not import: one function for each type.
#pragma once
#include <curl/curl.h>
#include <stdio.h>

typedef size_t (*nest_curl_write)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode nest_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode nest_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode nest_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode nest_curl_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode nest_curl_set_error_buffer(CURL *handle, char *buffer) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode nest_curl_set_write(CURL *handle, nest_curl_write function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

static inline CURLcode nest_curl_set_header_function(CURL *handle, nest_curl_write function, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, function);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
}

/// PUT of a file, which is not waited for to be asked for.
static inline CURLcode nest_curl_set_upload(CURL *handle, FILE *file, curl_off_t bytes) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_READDATA, (void *)file);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, bytes);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_FAILONERROR, 0L) : code;
}

/// A bearer token, or a user's name and password; none of them follows a redirect to another host.
static inline CURLcode nest_curl_set_bearer(CURL *handle, const char *token) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, token);
}

static inline CURLcode nest_curl_set_basic(CURL *handle, const char *username, const char *password) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    if (code == CURLE_OK) code = curl_easy_setopt(handle, CURLOPT_USERNAME, username);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_PASSWORD, password);
}

static inline long nest_curl_response_code(CURL *handle) {
    long code = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

/// The next transfer of a multi handle that has ended; NULL: none.
static inline CURL *nest_curl_multi_done(CURLM *multi, CURLcode *code) {
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(multi, &left); message; message = curl_multi_info_read(multi, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        *code = message->data.result;
        return message->easy_handle;
    }
    return NULL;
}
