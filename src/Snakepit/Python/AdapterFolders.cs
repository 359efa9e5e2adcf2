namespace Snakepit.Python;

/// <summary>The folders that are searched for an adapter's file with a relative path, in order.</summary>
internal sealed class AdapterFolders
{
    /// <summary>
    /// The file beside a program in which a Debug build records the folder of its project. The package's build target writes it, and it is
    /// never published.
    /// </summary>
    public const string ProjectFile = "snakepit.project";

    private const string Development = "Development";

    private AdapterFolders(string? project, IReadOnlyList<string> searched)
    {
        Project = project;
        Searched = searched;
    }

    /// <summary>The folder of the program's project, if it is known and exists.</summary>
    public string? Project { get; }

    public IReadOnlyList<string> Searched { get; }

    /// <summary>Finds the folders of this process.</summary>
    /// <param name="environment">The name of the host's environment; null without a host, where the variables name it.</param>
    /// <param name="variables">The environment variables of the process.</param>
    /// <param name="application">The folder of the program; null for that of this program.</param>
    public static AdapterFolders Find(string? environment, IReadOnlyDictionary<string, string> variables, string? application = null)
    {
        application ??= AppContext.BaseDirectory;
        environment ??= variables.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? variables.GetValueOrDefault("ASPNETCORE_ENVIRONMENT");
        return Of(environment, NotedProject(application), application, WorkingFolder());
    }

    /// <summary>
    /// Orders the folders. In Development the project comes first: the copy in the output folder does not change when the file is edited.
    /// </summary>
    public static AdapterFolders Of(string? environment, string? project, string application, string working)
    {
        string? known = Directory.Exists(project) ? Path.GetFullPath(project) : null; // null when the program was copied to another machine
        bool isFirst = known is not null && string.Equals(environment, Development, StringComparison.OrdinalIgnoreCase);
        string[] searched = isFirst ? [known!, application, working] : [application, working];
        return new AdapterFolders(known, [.. searched.Select(Path.GetFullPath).DistinctBy(Path.TrimEndingDirectorySeparator)]);
    }

    private static string? NotedProject(string application)
    {
        string file = Path.Combine(application, ProjectFile);
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // edits are not noticed then, but the copies exist
        }
    }

    private static string WorkingFolder()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (IOException)
        {
            return AppContext.BaseDirectory; // the working directory has been deleted
        }
    }
}
