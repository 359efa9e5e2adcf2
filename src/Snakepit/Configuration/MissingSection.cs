using Microsoft.Extensions.Configuration;

namespace Snakepit.Configuration;

/// <summary>Creates the message about a configuration section that code names and that does not exist.</summary>
internal static class MissingSection
{
    /// <summary>Returns the message, with similar names where <paramref name="root"/> is known.</summary>
    public static string Tell(IConfigurationSection section, IConfiguration? root)
    {
        IConfiguration? parent = ConfigurationPath.GetParentPath(section.Path) is { } path ? root?.GetSection(path) : root;
        string near = NearName.Suggest(section.Key, parent?.GetChildren().Select(static child => child.Key) ?? []);
        return $"there is no configuration section {section.Path}, or it is empty.{near}";
    }
}
