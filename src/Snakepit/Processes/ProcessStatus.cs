using System.Globalization;

namespace Snakepit.Processes;

/// <summary>The fields of /proc/PID/status on which limits depend.</summary>
internal readonly record struct ProcessStatus(uint RealUser, ulong Capabilities, int Threads)
{
    private const int SysAdmin = 21;
    private const int SysResource = 24;

    /// <summary>Whether the process has a capability that lifts the limits of users.</summary>
    public bool IsPrivileged => (Capabilities & ((1UL << SysAdmin) | (1UL << SysResource))) != 0;

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
                _ => parsed,
            };
        }
        return parsed;
    }
}
