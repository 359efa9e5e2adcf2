namespace Snakepit.Python;

/// <summary>The folders in which the file of an adapter with a relative path is looked for, first to last.</summary>
internal sealed class AdapterFolders
{
    /// <summary>The runtime property in which a Debug build of a program keeps the folder of its project. The package's build target sets it.</summary>
    public const string ProjectProperty = "Snakepit.ProjectFolder";

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
    public static AdapterFolders Find(string? environment, IReadOnlyDictionary<string, string> variables)
    {
        environment ??= variables.GetValueOrDefault("DOTNET_ENVIRONMENT") ?? variables.GetValueOrDefault("ASPNETCORE_ENVIRONMENT");
        return Of(environment, AppContext.GetData(ProjectProperty) as string, AppContext.BaseDirectory, WorkingFolder());
    }

    /// <summary>In Development the project comes first: the copy in the output folder does not change when the file is edited.</summary>
    public static AdapterFolders Of(string? environment, string? project, string application, string working)
    {
        string? known = Directory.Exists(project) ? Path.GetFullPath(project) : null; // the program may have been copied to another machine
        bool isFirst = known is not null && string.Equals(environment, Development, StringComparison.OrdinalIgnoreCase);
        string[] searched = isFirst ? [known!, application, working] : [application, working];
        return new AdapterFolders(known, [.. searched.Select(Path.GetFullPath).DistinctBy(Path.TrimEndingDirectorySeparator)]);
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
