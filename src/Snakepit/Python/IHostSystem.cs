namespace Snakepit.Python;

/// <summary>What this room asks of the machine it runs on.</summary>
internal interface IHostSystem
{
    HostPlatform Platform { get; }

    /// <summary>The effective user; null where ownership is not told by a number.</summary>
    uint? UserId { get; }

    /// <summary>The host's environment variables at this moment.</summary>
    IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>Looks at a path, through links. Never throws.</summary>
    FileFacts Inspect(string path);

    /// <summary>Runs a program to its end, or kills it after <paramref name="timeout"/>. Throws only when cancelled.</summary>
    Task<CommandOutput> RunAsync(string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Makes a file that exists in memory only, until it is disposed; null where there is no such thing.</summary>
    MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content);
}

/// <summary>The families of systems that keep interpreters in different places.</summary>
internal enum HostPlatform
{
    Linux,
    MacOS,
    Windows,
}
