using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>The bench with the library as its package has it, whose code is compiled for this platform. Disposing removes it.</summary>
internal sealed class PackagedBench : IDisposable
{
    private const string Library = "Snakepit.dll";
    private const string Command = "dotnet publish eng/precompiled --configuration Release --output artifacts/bench/precompiled";
    private static readonly string s_precompiled = Path.Combine("artifacts", "bench", "precompiled", Library);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snakepit-bench-");

    /// <exception cref="UnavailableException">The library was not compiled for this platform, or is older than the bench.</exception>
    public PackagedBench()
    {
        var library = new FileInfo(Path.Combine(BenchFiles.Root, s_precompiled));
        if (!library.Exists || library.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(AppContext.BaseDirectory, Library)))
        {
            _folder.Delete();
            throw new UnavailableException($"{s_precompiled} does not exist, or is older than the bench: {Command}");
        }
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder.FullName, Path.GetRelativePath(AppContext.BaseDirectory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        library.CopyTo(Path.Combine(_folder.FullName, Library), overwrite: true);
    }

    /// <summary>Returns how to start it with one of its hidden commands.</summary>
    public ProcessStartInfo Describe(string command, params IEnumerable<string> arguments) =>
        new("dotnet", [Path.Combine(_folder.FullName, "Snakepit.Bench.dll"), command, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };

    public void Dispose() => _folder.Delete(recursive: true);
}
