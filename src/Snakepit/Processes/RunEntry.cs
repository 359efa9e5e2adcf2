using System.Runtime.InteropServices;
using System.Text;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>A file that says that a run lives: whoever made it holds its lock, which ends with that process. No child keeps it: it closes on exec.</summary>
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

    /// <summary>Makes one. Under its name it is seen locked and whole, or not at all.</summary>
    /// <exception cref="IOException">Why there is none.</exception>
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

    /// <summary>Takes over an entry whose lock is free: its host has ended. Null when it lives, or when somebody else takes it over.</summary>
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

    /// <summary>The run of an entry of this name; null when it is none, or was never finished.</summary>
    public static string? RunOf(string path) => Path.GetFileName(path) is var name && RunMark.IsRun(name) ? name : null;

    /// <summary>Whether this is an entry whose making was cut short. One that is being made is not locked for a moment: its age tells.</summary>
    public static bool IsAbandoned(string path) => path.EndsWith(Unfinished, StringComparison.Ordinal)
        && RunOf(path[..^Unfinished.Length]) is not null && TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(path) > s_longestMaking;

    /// <exception cref="IOException">It could not be written.</exception>
    public void Append(string text) => Descriptor.Check(_file.Write(Encoding.UTF8.GetBytes(text)) >= 0 ? 0 : -1, "write");

    public string Read()
    {
        byte[] text = new byte[MaxText];
        return Encoding.UTF8.GetString(text, 0, Math.Max(0, _file.ReadFromStart(text)));
    }

    /// <summary>The run has left nothing.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A later sweep finds it free and nothing that belongs to it.
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
