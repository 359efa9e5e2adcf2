using System.Runtime.InteropServices;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>Sends signals to processes that a test has started.</summary>
internal static partial class Signals
{
    public const int Hangup = 1, Continue = 18, Stop = 19;

    public static void Send(int pid, int signal) => _ = kill(pid, signal);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
