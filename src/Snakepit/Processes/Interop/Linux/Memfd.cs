using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>Files that exist in memory only.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Memfd
{
    private const uint CloseOnExec = 0x1;
    private const uint AllowSealing = 0x2;
    private const uint NotExecutableSealed = 0x8;

    /// <summary>Makes one with this content; null when the system refuses.</summary>
    public static SafeFileHandle? TryCreate(string name, ReadOnlySpan<byte> content)
    {
        // Hardened kernels (vm.memfd_noexec = 2) demand the second flag, those before 6.3 do not know it.
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

    /// <summary>Makes one that can never change its size; throws when the system refuses.</summary>
    /// <param name="name">What it is called in /proc.</param>
    /// <param name="backed">So many bytes have their memory from the beginning: only these may be mapped.</param>
    /// <param name="size">So many it has.</param>
    /// <exception cref="IOException">Why.</exception>
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
            Descriptor.Check(Libc.fallocate(descriptor, 0, 0, backed), "fallocate"); // or the first touch of a page that is not to be had would kill us
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

    /// <summary>Where other processes of the same user find the file while the handle is open.</summary>
    public static string PathOf(SafeFileHandle file) => $"/proc/{Environment.ProcessId}/fd/{file.DangerousGetHandle()}";

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
