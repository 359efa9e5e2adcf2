namespace Snakepit.Processes;

/// <summary>The machine that a host runs on.</summary>
internal interface IHostSystem
{
    HostPlatform Platform { get; }

    /// <summary>The effective user; null where users have no number.</summary>
    uint? UserId { get; }

    /// <summary>The host's current environment variables.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Reads the facts about a path, through links. Never throws.</summary>
    FileFacts Inspect(string path);

    /// <summary>Runs a program to its end, or kills it after <paramref name="timeout"/>. Throws only on cancellation.</summary>
    Task<CommandOutput> RunAsync(string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken);

    /// <inheritdoc cref="RunAsync(string, IReadOnlyList{string}, TimeSpan, CancellationToken)"/>
    Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken);

    /// <summary>Creates a file that only exists in memory, until it is disposed; returns null where the system has none.</summary>
    MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content);
}

/// <summary>The families of systems that keep interpreters in different places.</summary>
internal enum HostPlatform
{
    Linux,
    MacOS,
    Windows,
}
