using System.Collections;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>The real machine.</summary>
internal sealed class HostSystem(TimeProvider time) : IHostSystem
{
    // The value of FileSystemInfo.Attributes for a path without a file.
    private const FileAttributes NoAttributes = (FileAttributes)(-1);

    private readonly CommandRunner _runner = new(time);

    public HostPlatform Platform { get; } =
        OperatingSystem.IsWindows() ? HostPlatform.Windows : OperatingSystem.IsMacOS() ? HostPlatform.MacOS : HostPlatform.Linux;

    public uint? UserId => OperatingSystem.IsLinux() ? Ownership.EffectiveUser() : null;

    public IReadOnlyDictionary<string, string> Variables
    {
        get
        {
            Dictionary<string, string> variables = new(VariableNames);
            foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            {
                variables[(string)entry.Key] = (string?)entry.Value ?? "";
            }
            return variables;
        }
    }

    private StringComparer VariableNames => Platform == HostPlatform.Windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    public FileFacts Inspect(string path)
    {
        try
        {
            FileInfo entry = new(path);
            bool isLink = entry.LinkTarget is not null;
            FileSystemInfo target = isLink ? entry.ResolveLinkTarget(returnFinalTarget: true)! : entry;
            if (target.Attributes == NoAttributes)
            {
                return new FileFacts(FileKind.Nothing, isLink);
            }
            bool isFolder = (target.Attributes & FileAttributes.Directory) != 0;
            return new FileFacts(
                isFolder ? FileKind.Folder : FileKind.File,
                isLink,
                isFolder ? 0 : new FileInfo(target.FullName).Length,
                target.LastWriteTimeUtc,
                OperatingSystem.IsWindows() ? UnixFileMode.UserExecute : target.UnixFileMode,
                OperatingSystem.IsLinux() ? Ownership.Of(path) : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new FileFacts(FileKind.Nothing);
        }
    }

    public Task<CommandOutput> RunAsync(
        string executable, IReadOnlyList<string> arguments, TimeSpan timeout, CancellationToken cancellationToken) =>
        _runner.RunAsync(executable, arguments, timeout, cancellationToken);

    public Task<CommandOutput> RunAsync(CommandRequest request, CancellationToken cancellationToken) =>
        _runner.RunAsync(request, cancellationToken);

    public MemoryFile? TryCreateMemoryFile(string name, ReadOnlySpan<byte> content) =>
        OperatingSystem.IsLinux() && Memfd.TryCreate(name, content) is { } file ? new MemoryFile(file, Memfd.PathOf(file)) : null;
}
