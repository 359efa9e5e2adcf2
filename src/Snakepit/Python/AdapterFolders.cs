namespace Snakepit.Python;

/// <summary>The folders in which the file of an adapter with a relative path is looked for, first to last.</summary>
internal sealed class AdapterFolders
{
    /// <summary>The file beside a program in which a Debug build notes the folder of its project. The package's build target writes it, and
    /// it is never published.</summary>
    public const string ProjectFile = "snakepit.project";

    private const string Development = "Development";

    private AdapterFolders(string? project, IReadOnlyList<string> searched)
    {
        Project = project;
        Searched = searched;
    }

    /// <summary>The folder of the program's project, where it is known and there.</summary>
    public string? Project { get; }

    public IReadOnlyList<string> Searched { get; }

    /// <summary>The folders of this process.</summary>
    /// <param name="environment">The name of the host's environment; null without a host, where the variables tell it.</param>
    /// <param name="variables">The environment variables of the process.</param>
    /// <param name="application">The folder of the program; null for this one's.</param>
    public static AdapterFolders Find(string? environment, IReadOnlyDictionary<string, string> variables, string? application = null)
    {
        application ??= AppContext.BaseDirectory;
        environment ??= variables.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? variables.GetValueOrDefault("ASPNETCORE_ENVIRONMENT");
        return Of(environment, NotedProject(application), application, WorkingFolder());
    }

    /// <summary>In Development the project comes first: the copy in the output folder does not change when the file is edited.</summary>
    public static AdapterFolders Of(string? environment, string? project, string application, string working)
    {
        string? known = Directory.Exists(project) ? Path.GetFullPath(project) : null; // the program may have been copied to another machine
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
            return null; // an edit is then not seen, but the copies are there
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
            return AppContext.BaseDirectory; // the working directory has been removed
        }
    }
}
