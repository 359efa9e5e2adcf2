using System.Text;

namespace Quickstart;

/// <summary>Reads the texts of a folder.</summary>
internal static class TextFolder
{
    private const string Licences = "/usr/share/common-licenses";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Links are left out: their targets would be counted twice, and a link to a parent folder would never end.
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
    };

    /// <summary>Finds the folder to read when the user names none.</summary>
    public static string FindDefault() => Directory.Exists(Licences) ? Licences : FindDocs();

    /// <summary>Describes the texts of a folder in one sentence.</summary>
    public static string Describe(string folder) => folder == Licences
        ? $"The texts are the licences in {Licences}, which every Debian system has."
        : $"The texts are the files in {folder}.";

    /// <exception cref="UsageException">There is no such folder, or no text in it.</exception>
    public static IReadOnlyList<Document> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new UsageException(File.Exists(folder)
                ? $"{folder} is a file; name the folder it is in."
                : $"There is no folder {folder}.");
        }
        List<Document> documents =
        [
            .. Directory.EnumerateFiles(folder, "*", Everything)
                .Where(static path => IsText(Path.GetExtension(path)))
                .Order(StringComparer.Ordinal)
                .Select(path => new Document(Path.GetRelativePath(folder, path), Paragraphs(path)))
                .Where(static document => document.Paragraphs.Count > 0),
        ];
        return documents.Count > 0
            ? documents
            : throw new UsageException(
                $"There is no text in {folder}: no *.txt, *.md or file without extension that can be read (links are left out).");
    }

    // Digits are no extension: the licence Apache-2.0 is a text.
    private static bool IsText(string extension) =>
        extension.ToUpperInvariant() is ".TXT" or ".MD" || extension.Skip(1).All(char.IsAsciiDigit);

    private static List<string> Paragraphs(string path)
    {
        List<string> paragraphs = [];
        var paragraph = new StringBuilder();
        foreach (string line in ReadText(path).Split('\n').Append(""))
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                paragraph.AppendLine(line.TrimEnd());
            }
            else if (paragraph.Length > 0)
            {
                paragraphs.Add(paragraph.ToString());
                paragraph.Clear();
            }
        }
        return paragraphs;
    }

    /// <summary>Reads a file's text. A file that is no text or cannot be read counts as empty.</summary>
    private static string ReadText(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            string text = Decode(bytes);
            return text.Contains('\0') ? "" : text;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Decode(byte[] bytes)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), StrictUtf8); // detects UTF-16 by its byte order mark
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes); // never fails: every byte is a character
        }
    }

    private static string FindDocs()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Snakepit.slnx")))
            {
                return Path.Combine(folder, "docs");
            }
        }
        throw new UsageException("There is no folder of texts to begin with; name one.");
    }
}
