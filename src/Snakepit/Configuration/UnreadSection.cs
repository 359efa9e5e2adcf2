using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>
/// A section that nothing reads, with nearly the name of one that is read: probably misspelt, as in appsettings.Development.json.
/// </summary>
internal readonly record struct UnreadSection(string Path, string NearPath)
{
    /// <param name="root">The whole configuration.</param>
    /// <param name="read">The sections that are read, each with a function that recognizes its children.</param>
    public static IEnumerable<UnreadSection> Find(
        IConfiguration root, IReadOnlyCollection<(IConfigurationSection Section, Func<string, bool> IsKey)> read)
    {
        IEnumerable<UnreadSection> found =
            from known in read
            let parent = ConfigurationPath.GetParentPath(known.Section.Path) is { } path ? root.GetSection(path) : root
            from sibling in parent.GetChildren()
            where NearName.IsNear(known.Section.Key, sibling.Key)
                && !read.Any(other => other.Section.Path.Equals(sibling.Path, StringComparison.OrdinalIgnoreCase))
                && sibling.GetChildren().Any(child => known.IsKey(child.Key))
            select new UnreadSection(sibling.Path, known.Section.Path);
        return found.Distinct();
    }
}
