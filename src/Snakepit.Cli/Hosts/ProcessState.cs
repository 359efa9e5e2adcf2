namespace Snakepit.Cli.Hosts;

/// <summary>Reads how the system runs a process now.</summary>
internal static class ProcessState
{
    /// <summary>Returns the letter of the state: R runs, S sleeps, D waits for a device, T is stopped, Z has ended; null when the process
    /// is not there, or the system has no /proc.</summary>
    public static char? Of(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            int name = stat.LastIndexOf(')'); // the name may contain anything
            return name >= 0 && name + 2 < stat.Length ? stat[name + 2] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
