using Snakepit.Processes;

namespace Snakepit.Tests.Python;

/// <summary>A simulated machine: its files, and the output of those that run.</summary>
internal sealed class FakeHostSystem : IHostSystem
{
    private static readonly DateTime s_modified = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public HostPlatform Platform { get; init; } = HostPlatform.Linux;

    public uint? UserId { get; init; } = 1000;

    public Dictionary<string, string> Environment { get; } = [];

    public Dictionary<string, FileFacts> Files { get; } = [];

    public Dictionary<string, CommandOutput> Programs { get; } = [];

    public List<string> Started { get; } = [];

    public IReadOnlyDictionary<string, string> Variables => Environment;

    public FileFacts Inspect(string path) => Files.GetValueOrDefault(path, new FileFacts(FileKind.Nothing));

    public Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Started.Add(executable);
        return Task.FromResult(Programs[executable]);
    }

    public Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken) =>
        RunAsync(request.Executable, request.Arguments, request.Timeout, cancellationToken);

    public MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content) => null;

    /// <summary>Adds an interpreter; a shim reports the interpreter at <paramref name="executable"/>.</summary>
    public FakeHostSystem Python(string path, string version, string? executable = null) =>
        Program(path, new CommandOutput(CommandEnd.Exited, 0, Report(version, executable ?? path), ""));

    public FakeHostSystem Program(string path, CommandOutput output)
    {
        Files[path] = new FileFacts(FileKind.File, Length: 100, ModifiedUtc: s_modified, Mode: UnixFileMode.UserExecute);
        Programs[path] = output;
        return this;
    }

    public FakeHostSystem Folder(string path)
    {
        Files[path] = new FileFacts(FileKind.Folder);
        return this;
    }

    public FakeHostSystem File(string path)
    {
        Files[path] = new FileFacts(FileKind.File, Length: 100, ModifiedUtc: s_modified);
        return this;
    }

    public FakeHostSystem Variable(string name, string value)
    {
        Environment[name] = value;
        return this;
    }

    private static string Report(string version, string executable) =>
        $$"""{"version": [{{version.Replace('.', ',')}}], "executable": "{{executable}}", "implementation": "cpython","""
            + """ "prefix": "/usr", "base_prefix": "/usr", "cache_tag": "cpython-x"}""" + "\n";
}
