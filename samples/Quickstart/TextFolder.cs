using System.Text;

namespace Quickstart;

/// <summary>Reads the texts of a folder.</summary>
internal static class TextFolder
{
    private const string Licences = "/usr/share/common-licenses";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Links would be counted twice, or lead round in circles.
    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
    };

    /// <summary>The texts of this machine that are taken unless the user names others.</summary>
    public static string FindDefault() => Directory.Exists(Licences) ? Licences : FindDocs();

    /// <summary>One sentence about what the texts of a folder are.</summary>
    public static string Describe(string folder) => folder == Licences
        ? $"The texts are the licences in {Licences}, which every Debian system has."
        : $"The texts are the files in {folder}.";

    /// <exception cref="UsageException">There is no such folder, or no text in it.</exception>
    public static IReadOnlyList<Document> Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new UsageException(File.Exists(folder) ? $"{folder} is a file; name the folder it is in." : $"There is no folder {folder}.");
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
            : throw new UsageException($"There is no text in {folder}: no *.txt, *.md or file without extension that can be read (links are left out).");
    }

    // The 0 of Apache-2.0 is no extension.
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

    /// <summary>The file's text; empty for one that is none or can't be read.</summary>
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
            using var reader = new StreamReader(new MemoryStream(bytes), StrictUtf8); // sees UTF-16 by its mark
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
