using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>
/// Remembers the descriptions of interpreters from earlier runs, beside the unpacked package: for this user and this content of the package
/// only. A probe would add about 40 ms to every start. For programs only: what a shim runs depends on more than its file.
/// </summary>
internal sealed class ProbeMemory(PackageLocation package)
{
    private const string FolderName = ".interpreters"; // the dot keeps Python from taking the folder for a package
    private static readonly byte[] s_programMagic = [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    /// <summary>Returns the last description of the file; null when there is none, or the file has changed since.</summary>
    public PythonInterpreter? Recall(string path, FileFacts facts)
    {
        try
        {
            if (!package.IsFolder || !File.Exists(PlaceOf(path)))
            {
                return null;
            }
            string[] lines = File.ReadAllLines(PlaceOf(path));
            return lines is [var identity, var executable, var version, var implementation, var cacheTag, var isFreeThreaded]
                && identity == IdentityOf(path, facts)
                ? new PythonInterpreter(executable, Version.Parse(version), implementation, cacheTag.Length > 0 ? cacheTag : null)
                {
                    IsFreeThreaded = bool.Parse(isFreeThreaded),
                }
                : null;
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ArgumentException or FormatException or OverflowException)
        {
            return null; // as if it was never probed
        }
    }

    public void Keep(string path, FileFacts facts, PythonInterpreter interpreter)
    {
        try
        {
            if (!package.IsFolder || !IsProgram(path))
            {
                return;
            }
            string place = PlaceOf(path);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            string unfinished = $"{place}.{Environment.ProcessId}";
            File.WriteAllLines(
                unfinished,
                [
                    IdentityOf(path, facts),
                    interpreter.Executable,
                    interpreter.Version.ToString(),
                    interpreter.Implementation,
                    interpreter.CacheTag ?? "",
                    interpreter.IsFreeThreaded.ToString(),
                ]);
            File.Move(unfinished, place, overwrite: true); // atomically, because another host may be reading
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next run probes again.
        }
    }

    private string PlaceOf(string path) =>
        Path.Combine(package.PathEntry, FolderName, Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(path))));

    private static string IdentityOf(string path, FileFacts facts) =>
        string.Create(CultureInfo.InvariantCulture, $"{facts.ModifiedUtc.Ticks} {facts.Length} {path}");

    private static bool IsProgram(string path)
    {
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[s_programMagic.Length];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(s_programMagic);
    }
}
