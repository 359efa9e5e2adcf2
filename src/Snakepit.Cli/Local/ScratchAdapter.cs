namespace Snakepit.Cli.Local;

/// <summary>An adapter in a temporary folder, to try a machine with. Disposing removes it.</summary>
internal sealed class ScratchAdapter : IDisposable
{
    public const string Pool = "scratch";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("snakepit-scratch-");

    public ScratchAdapter()
    {
        using Stream source = typeof(ScratchAdapter).Assembly.GetManifestResourceStream("scratch.py")!;
        using FileStream file = new(File, FileMode.CreateNew);
        source.CopyTo(file);
    }

    public string File => Path.Combine(_folder.FullName, "scratch.py");

    public void Dispose() => _folder.Delete(recursive: true);
}
