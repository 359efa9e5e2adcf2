using System.Globalization;

namespace Snakepit.Processes;

/// <summary>The fields of /proc/PID/status on which limits and signals depend.</summary>
internal readonly record struct ProcessStatus(uint RealUser, ulong Capabilities, int Threads, ulong Handlers, bool IsStopped)
{
    private const int SysAdmin = 21;
    private const int SysResource = 24;

    /// <summary>Whether the process has a capability that lifts the limits of users.</summary>
    public bool IsPrivileged => (Capabilities & ((1UL << SysAdmin) | (1UL << SysResource))) != 0;

    /// <summary>Returns whether the process has a handler for a signal.</summary>
    public bool Catches(int signal) => (Handlers & (1UL << (signal - 1))) != 0;

    public static ProcessStatus Parse(string status)
    {
        ProcessStatus parsed = default;
        foreach (string line in status.Split('\n'))
        {
            string[] fields = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            parsed = fields switch
            {
                ["Uid:", var real, ..] => parsed with { RealUser = uint.Parse(real, CultureInfo.InvariantCulture) },
                ["Threads:", var threads] => parsed with { Threads = int.Parse(threads, CultureInfo.InvariantCulture) },
                ["CapEff:", var effective] =>
                    parsed with { Capabilities = ulong.Parse(effective, NumberStyles.HexNumber, CultureInfo.InvariantCulture) },
                ["SigCgt:", var caught] =>
                    parsed with { Handlers = ulong.Parse(caught, NumberStyles.HexNumber, CultureInfo.InvariantCulture) },
                ["State:", var state, ..] => parsed with { IsStopped = state is "T" or "t" },
                _ => parsed,
            };
        }
        return parsed;
    }
}
