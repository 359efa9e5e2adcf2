using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Snakepit.Python;

/// <summary>The files of a project that say which packages it needs, and the stamp of their content.</summary>
/// <param name="Project">The project's folder.</param>
/// <param name="Source">The file that decides.</param>
/// <param name="Stamp">A hash of the files, the interpreter and the installer: another one means another environment.</param>
internal sealed partial record EnvironmentInputs(string Project, EnvironmentSource Source, string Stamp)
{
    private const string Format = "1"; // of the environments; another one makes all of them anew
    private const int MostFiles = 1_000;

    // The first that exists decides, since a lock is more exact than what it was made from.
    private static readonly (EnvironmentSource Source, string File)[] s_files =
    [
        (EnvironmentSource.UvLock, "uv.lock"),
        (EnvironmentSource.Requirements, "requirements.txt"),
        (EnvironmentSource.PyProject, "pyproject.toml"),
    ];

    /// <summary>Reads the files of a project; returns null when it has none of them.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static EnvironmentInputs? Read(string project, PythonInterpreter python, bool hasUv)
    {
        (EnvironmentSource source, string? name) = s_files.FirstOrDefault(file => File.Exists(Path.Combine(project, file.File)));
        if (name is null)
        {
            return null;
        }
        IEnumerable<string> files = source switch
        {
            EnvironmentSource.UvLock => ["uv.lock", "pyproject.toml"],
            EnvironmentSource.Requirements => WithIncluded(project, name),
            _ => [name],
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Encoding.UTF8.GetBytes(string.Join('\n',
            Format, python.Executable, python.Version, python.Implementation, python.IsFreeThreaded, hasUv ? "uv" : "pip")));
        foreach (string file in files.Select(file => Path.GetFullPath(file, project)).Where(File.Exists))
        {
            Add(hash, Encoding.UTF8.GetBytes(file));
            Add(hash, File.ReadAllBytes(file));
        }
        return new EnvironmentInputs(project, source, Convert.ToHexStringLower(hash.GetHashAndReset())[..32]);
    }

    /// <summary>Returns which of the files is a folder; null for none.</summary>
    public static string? FolderInPlace(string project) =>
        Array.Find(s_files, file => Directory.Exists(Path.Combine(project, file.File))).File;

    /// <summary>Returns a requirements file and those that it includes, or takes constraints from.</summary>
    private static List<string> WithIncluded(string project, string first)
    {
        List<string> files = [Path.GetFullPath(first, project)];
        for (int i = 0; i < files.Count && files.Count < MostFiles; i++)
        {
            if (!File.Exists(files[i]))
            {
                continue; // pip will say so
            }
            string folder = Path.GetDirectoryName(files[i])!;
            IEnumerable<Match> included = File.ReadLines(files[i]).Select(static line => Inclusion().Match(line));
            foreach (string name in included.Where(static match => match.Success).Select(static match => match.Groups[1].Value))
            {
                string file = Path.GetFullPath(name, folder);
                if (!files.Contains(file))
                {
                    files.Add(file);
                }
            }
        }
        return files;
    }

    /// <summary>Adds a part with its length, so that no two lists of parts have the same hash.</summary>
    private static void Add(IncrementalHash hash, byte[] part)
    {
        hash.AppendData(Encoding.ASCII.GetBytes(part.Length.ToString(CultureInfo.InvariantCulture) + ":"));
        hash.AppendData(part);
    }

    [GeneratedRegex(@"^\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))([^\s#]+)")]
    private static partial Regex Inclusion();
}

/// <summary>The kinds of files from which environments are made.</summary>
internal enum EnvironmentSource
{
    UvLock,
    Requirements,
    PyProject,
}
