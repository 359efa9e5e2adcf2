using System.Runtime.InteropServices;
using System.Text;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>
/// A file that shows that a run is alive: its creator holds its lock until its process ends. It closes on exec, so no child keeps it.
/// </summary>
internal sealed unsafe class RunEntry : IDisposable
{
    private const string Unfinished = ".new";
    private const uint PrivateFile = 0b110_000_000;
    private const int MaxText = 16 * 1024;
    private static readonly TimeSpan s_longestMaking = TimeSpan.FromMinutes(1); // it takes microseconds

    private readonly string _path;
    private readonly Descriptor _file;

    private RunEntry(string path, Descriptor file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Creates an entry. Under its final name it appears locked and complete, or not at all.</summary>
    /// <exception cref="IOException">The entry cannot be created.</exception>
    public static RunEntry Create(string folder, string run, string text)
    {
        string path = Path.Combine(folder, run);
        var file = new Descriptor(Open(path + Unfinished, Libc.OReadWrite | Libc.OCreate | Libc.OExclusive));
        try
        {
            Descriptor.Check(file.Number, "open");
            Descriptor.Check(Libc.flock(file.Number, Libc.LockExclusive | Libc.LockNonblocking), "flock");
            var entry = new RunEntry(path, file);
            entry.Append(text);
            File.Move(path + Unfinished, path, overwrite: true);
            return entry;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Claims an entry whose lock is free, because its host has ended. Returns null when the host lives, or when another host claims it.
    /// </summary>
    public static RunEntry? TryClaim(string path)
    {
        var file = new Descriptor(Open(path, Libc.OReadWrite));
        if (!file.IsInvalid && Libc.flock(file.Number, Libc.LockExclusive | Libc.LockNonblocking) == 0)
        {
            return new RunEntry(path, file);
        }
        file.Dispose();
        return null;
    }

    /// <summary>Returns the run of an entry with this name; null when it is no entry, or an incomplete one.</summary>
    public static string? RunOf(string path) => Path.GetFileName(path) is var name && RunMark.IsRun(name) ? name : null;

    /// <summary>
    /// Returns whether this is an incomplete entry that was abandoned. A new one is not locked for a moment, so its age decides.
    /// </summary>
    public static bool IsAbandoned(string path) => path.EndsWith(Unfinished, StringComparison.Ordinal)
        && RunOf(path[..^Unfinished.Length]) is not null
        && TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(path) > s_longestMaking;

    /// <exception cref="IOException">The text cannot be written.</exception>
    public void Append(string text) => Descriptor.Check(_file.Write(Encoding.UTF8.GetBytes(text)) >= 0 ? 0 : -1, "write");

    public string Read()
    {
        byte[] text = new byte[MaxText];
        return Encoding.UTF8.GetString(text, 0, Math.Max(0, _file.ReadFromStart(text)));
    }

    /// <summary>Removes the entry: the run has left no process.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later sweep finds it unlocked, and no process that belongs to it.
        }
    }

    public void Dispose() => _file.Dispose();

    private static int Open(string path, int flags)
    {
        nint native = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return Libc.open((byte*)native, flags | Libc.OCloexec, PrivateFile);
        }
        finally
        {
            Marshal.FreeCoTaskMem(native);
        }
    }
}
