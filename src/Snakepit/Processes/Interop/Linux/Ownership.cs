using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>Reads the owners of files and this process's user: .NET exposes a file's mode but not its owner.</summary>
[SupportedOSPlatform("linux")]
internal static partial class Ownership
{
    private const int FromWorkingDirectory = -100;
    private const uint WantOwner = 0x8;

    // struct statx has the same layout on every architecture, unlike struct stat.
    private const int MaskOffset = 0;
    private const int OwnerOffset = 20;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>Returns the owner of the file at a path, through links; null when it cannot be read.</summary>
    public static uint? Of(string path)
    {
        StatxBuffer buffer = default;
        Span<byte> bytes = buffer;
        return Statx(FromWorkingDirectory, path, 0, WantOwner, bytes) == 0
            && (BinaryPrimitives.ReadUInt32LittleEndian(bytes[MaskOffset..]) & WantOwner) != 0
            ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[OwnerOffset..])
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> buffer);

    [InlineArray(256)]
    private struct StatxBuffer
    {
        private byte _first;
    }
}
