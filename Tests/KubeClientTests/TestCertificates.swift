/// Certificates for 127.0.0.1 that are good for nothing but these tests.
///
/// Valid for a hundred years.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBejCCASGgAwIBAgIUIQRDQIWC82tEEV1dLWvPqzwGoUAwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjIyMjE1MTdaGA8yMTI2MTAyOTIy
        MTUxN1owEjEQMA4GA1UEAwwHVGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
        A0IABMwyVn3ysFbyMLllyZSws9REPUlKR18N7diV8DjkDyry5078u7I0lWepJBGG
        8I0T9RIMIfekX6QxFWBGE+8vqHSjUzBRMB0GA1UdDgQWBBQGgZz63Jf4Jqsui6q0
        6yBqV+dlSTAfBgNVHSMEGDAWgBQGgZz63Jf4Jqsui6q06yBqV+dlSTAPBgNVHRMB
        Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIFMqtayX71DTWhP46MSQhO1KRIGF
        C/S8zHvxOMXIHwEgAiAYIwmQaShPuTtLG8zXvWKIxND1z5KFKq0mI9V3M2Y8Yw==
        -----END CERTIFICATE-----
        """

    /// Signed by `authority`.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBoDCCAUWgAwIBAgIUdGlT5gSXCt0q0m6xZMqwKyWuIjcwCgYIKoZIzj0EAwIw
        EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjIyMjE1MTdaGA8yMTI2MTAyOTIy
        MTUxN1owFjEUMBIGA1UEAwwLVGVzdCBzZXJ2ZXIwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQoFJULyM9/muHMUiqRPJRZF8KItCGl2j7uRjRYUsc6oqTElKdYxw6r
        PDlegiwkB3pAH/JUGqU5Vtc6WC98nLwTo3MwcTAaBgNVHREEEzARhwR/AAABggls
        b2NhbGhvc3QwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYEFDmr4PP2RVsi
        x/1qDv7cI1K3JdT2MB8GA1UdIwQYMBaAFAaBnPrcl/gmqy6LqrTrIGpX52VJMAoG
        CCqGSM49BAMCA0kAMEYCIQCANGI1WeoxOqUVZhs5iePYyZ4Ab/ivcjupXw1KpP69
        PwIhAJpEta3CO58WiaW0+kh8zJHcWy76MSOJ0XqmEQXPKO6S
        -----END CERTIFICATE-----
        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUO9u+SDRMMqzm8xO
        ETKv9nEyfmoayB0/DIYV6E9RxsWhRANCAAQoFJULyM9/muHMUiqRPJRZF8KItCGl
        2j7uRjRYUsc6oqTElKdYxw6rPDlegiwkB3pAH/JUGqU5Vtc6WC98nLwT
        -----END PRIVATE KEY-----
        """

    /// Signed nothing that is in use.
    static let stranger = """
        -----BEGIN CERTIFICATE-----
        MIIBfTCCASOgAwIBAgIUUJxHxmhuPhhftdyoflNnu8HLIO8wCgYIKoZIzj0EAwIw
        EzERMA8GA1UEAwwIT3RoZXIgQ0EwIBcNMjYxMTIyMjIxNTE3WhgPMjEyNjEwMjky
        MjE1MTdaMBMxETAPBgNVBAMMCE90aGVyIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAEqtQlExQXcXe7x0hOnOVZ21IBV6wffF9mVwpfT760dX6Q1bGb6kuzPbeP
        wsG0M6wNdjQxE3exvCFiAEcOfD6Hf6NTMFEwHQYDVR0OBBYEFG6oDrXhmJlqiJr1
        sP3AE0oG5NneMB8GA1UdIwQYMBaAFG6oDrXhmJlqiJr1sP3AE0oG5NneMA8GA1Ud
        EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhALdpw6q6XDzJ9Rcc4ZFamw4O
        nll9D6qQpwhKrtBS8d+jAiBed73TDL2H5DrGnXBnkd+Q2v5Zt/ZnZLwgjP9tBrec
        Qw==
        -----END CERTIFICATE-----
        """
}
