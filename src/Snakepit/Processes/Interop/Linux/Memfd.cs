using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>Creates files that only exist in memory.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Memfd
{
    private const uint CloseOnExec = 0x1;
    private const uint AllowSealing = 0x2;
    private const uint NotExecutableSealed = 0x8;

    /// <summary>Creates a file with the content; returns null when the system refuses.</summary>
    public static SafeFileHandle? TryCreate(string name, ReadOnlySpan<byte> content)
    {
        // Hardened kernels (vm.memfd_noexec = 2) require the second flag; kernels before 6.3 do not know it.
        SafeFileHandle file = Create(name, CloseOnExec | NotExecutableSealed);
        if (file.IsInvalid)
        {
            file = Create(name, CloseOnExec);
        }
        if (file.IsInvalid)
        {
            return null;
        }
        try
        {
            RandomAccess.Write(file, content, 0);
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            return null;
        }
    }

    /// <summary>Creates a file whose size can never change.</summary>
    /// <param name="name">The name in /proc.</param>
    /// <param name="backed">The bytes that have their memory from the beginning; only these may be mapped.</param>
    /// <param name="size">The size in bytes.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    public static SafeFileHandle CreateSealed(string name, int backed, int size)
    {
        SafeFileHandle file = Create(name, CloseOnExec | AllowSealing | NotExecutableSealed);
        if (file.IsInvalid)
        {
            file = Create(name, CloseOnExec | AllowSealing);
        }
        try
        {
            int descriptor = (int)file.DangerousGetHandle();
            Descriptor.Check(descriptor, "memfd_create");
            // Otherwise, the first access to a page could kill this process when there is no memory for it.
            Descriptor.Check(Libc.fallocate(descriptor, 0, 0, backed), "fallocate");
            Descriptor.Check(Libc.ftruncate(descriptor, size), "ftruncate");
            Descriptor.Check(Libc.fcntl(descriptor, Libc.FAddSeals, Libc.SealShrink | Libc.SealGrow | Libc.SealSeal), "fcntl");
            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Returns the path by which other processes of the same user can open the file while the handle is open.</summary>
    public static string PathOf(SafeFileHandle file) => $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}";

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
