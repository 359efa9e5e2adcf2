using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>The heap of the C library, from which .NET's own code takes its memory.</summary>
internal static partial class NativeHeap
{
    private const int ArenaMax = -8; // M_ARENA_MAX of glibc

    /// <summary>
    /// Lets new threads share the arenas that there are. Otherwise each begins to use another one, whose memory then looks like a growth
    /// of what the process needs.
    /// </summary>
    public static void ShareArenas() => _ = SetOption(ArenaMax, 1);

    /// <summary>Returns free memory to the system.</summary>
    public static void Trim() => _ = TrimMemory(0);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimMemory(nuint keep);
}
