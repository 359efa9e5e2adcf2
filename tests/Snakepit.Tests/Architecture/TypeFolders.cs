namespace Snakepit.Tests.Architecture;

/// <summary>In which folder of its project a type is declared. The project's own folder is <see cref="Root"/>.</summary>
/// <param name="folders">Folders by the full names of the types that are declared at the top level of their files, without the number of
/// type parameters.</param>
internal sealed class TypeFolders(IReadOnlyDictionary<string, string> folders)
{
    /// <summary>The folder of a project's own files.</summary>
    public const string Root = ".";

    /// <summary>Reads the sources of a project below <c>src</c>.</summary>
    public static TypeFolders Read(string project)
    {
        string root = RepositoryFiles.PathOf("src", project);
        var folders = new Dictionary<string, string>();
        foreach (string path in SourceTypes.FilesOf(project))
        {
            string folder = Path.GetRelativePath(root, Path.GetDirectoryName(path)!).Replace('\\', '/');
            foreach ((_, string name) in SourceTypes.In(File.ReadAllLines(path)))
            {
                folders[WithoutParameters(name)] = folder;
            }
        }
        return new TypeFolders(folders);
    }

    /// <summary>The folder of a type, or of the type that holds it; null when no source declares it.</summary>
    public string? Find(Type type)
    {
        Type outer = type;
        while (outer.DeclaringType is { } declaring)
        {
            outer = declaring;
        }
        return folders.GetValueOrDefault($"{outer.Namespace}.{WithoutParameters(outer.Name)}");
    }

    /// <summary>The arrows between folders, each with one of the references it is made of.</summary>
    public IReadOnlyList<FolderArrow> Arrows(IEnumerable<Type> types)
    {
        IEnumerable<FolderArrow> arrows =
            from type in types
            let source = Find(type)
            where source is not null
            from reference in TypeReferences.Of(type)
            let target = Find(reference.To)
            where target is not null && target != source
            select new FolderArrow(source, target, reference);
        return [.. arrows.DistinctBy(static arrow => (arrow.From, arrow.To))];
    }

    private static string WithoutParameters(string type) => type.Split('`')[0];
}
