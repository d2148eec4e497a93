// NestTestKit
