namespace Snakepit.Cli.Hosts;

/// <summary>A host of this user that seems to run.</summary>
/// <param name="Pid">Its process id.</param>
/// <param name="Socket">The socket of its control endpoint; null for a host without one.</param>
internal sealed record FoundHost(int Pid, string? Socket)
{
    /// <summary>The name of a host's socket without its extension, which tells endpoints of one process apart; else the process
    /// id.</summary>
    public string Id => Socket is null ? $"{Pid}" : Path.GetFileNameWithoutExtension(Socket);

    /// <summary>The name of the program, as its command line tells; null when it cannot be read.</summary>
    public string? Program => ProgramOf(Pid);

    /// <summary>Returns whether a user means this host.</summary>
    /// <param name="choice">A process id, an id or a name.</param>
    /// <param name="name">The name of the host.</param>
    public bool IsMeantBy(string choice, string? name) =>
        choice == $"{Pid}" || choice == Id || choice.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string? ProgramOf(int pid)
    {
        try
        {
            string[] words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
            string? program = words is [var dotnet, ..] && Path.GetFileNameWithoutExtension(dotnet) == "dotnet"
                ? words.Skip(1).FirstOrDefault(static word => word.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) ?? dotnet
                : words.FirstOrDefault();
            return Path.GetExtension(program) is ".dll" or ".exe" ? Path.GetFileNameWithoutExtension(program) : Path.GetFileName(program);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
