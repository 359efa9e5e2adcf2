namespace Snakepit.Cli.Output;

/// <summary>A file that the tool has written. It never overwrites one.</summary>
internal sealed record NewFile
{
    public required string File { get; init; }

    /// <summary>What to do next.</summary>
    public required string Next { get; init; }

    /// <summary>Writes a file.</summary>
    /// <exception cref="CliException">The file exists, or cannot be written.</exception>
    public static NewFile Write(string path, string content, string next)
    {
        if (Directory.Exists(path))
        {
            throw new CliException(ExitCode.NotWell, $"{path} is a folder. Name a file in it.");
        }
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
            file.Write(content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                ExitCode.NotWell,
                System.IO.File.Exists(path)
                    ? $"{path} exists, and is not overwritten. Choose another name or folder, or remove the file."
                    : $"{path} cannot be written: {e.Message}",
                e);
        }
        return new NewFile { File = path, Next = next };
    }

    public void Show(Terminal terminal, bool asJson)
    {
        if (asJson)
        {
            terminal.WriteJson(this, CliJson.Document.NewFile);
            return;
        }
        terminal.WriteLines($"Wrote {File}");
        terminal.Say(Next);
    }
}
