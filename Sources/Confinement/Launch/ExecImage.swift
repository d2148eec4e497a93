import CConfinement
import Glibc

/// Path, argv and envp of the one exec that the filter allows, each at an address of its own that nobody can guess.
///
/// The filter compares all three pointers. After the exec they mean nothing: the memory is gone, the program has never
/// seen the addresses, and a wrong guess of all three (more than 100 random bits) is answered like any other call.
struct ExecImage {
    private let path: UnsafeMutablePointer<CChar>
    private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

    /// The addresses in the order of execve's arguments.
    var addresses: [UInt] { [UInt(bitPattern: path), UInt(bitPattern: arguments), UInt(bitPattern: environment)] }

    init(path: String, arguments words: [String]) throws(JailError) {
        let bytes = Array(path.utf8CString)
        self.path = try Self.randomMemory(bytes.count).bindMemory(to: CChar.self, capacity: bytes.count)
        self.path.update(from: bytes, count: bytes.count)
        arguments = try Self.place(words.map { strdup($0) })
        environment = try Self.place(Self.inheritedEnvironment())
    }

    /// Becomes the program; returns only the errno of a failure.
    func run() -> Int32 {
        execve(path, arguments, environment)
        return errno
    }

    private static func inheritedEnvironment() -> [UnsafeMutablePointer<CChar>?] {
        var list: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let variable = next.pointee {
            list.append(variable)
            next += 1
        }
        return list
    }

    private static func place(
        _ pointers: [UnsafeMutablePointer<CChar>?]
    ) throws(JailError) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
        let count = pointers.count + 1
        let size = count * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
        let memory = try randomMemory(size).bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: count)
        memory.update(from: pointers + [nil], count: count)
        return memory
    }

    /// Zeroed memory at a random address, aligned to 8: 42 random bits in a 47-bit address space.
    private static func randomMemory(_ size: Int) throws(JailError) -> UnsafeMutableRawPointer {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        // Wide first; kernels of small address spaces (39 bits) refuse it.
        for bits in [46, 46, 46, 46, 37, 37, 37, 37] as [UInt] {
            let address = UInt.random(in: (1 << (bits - 1))..<(1 << bits)) & ~7
            let start = address & ~(page - 1)
            guard nest_map_at(start, size + Int(address - start)) == 0 else { continue }
            guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else { continue }
            return pointer
        }
        throw JailError("cannot place the program's path in memory")
    }
}
