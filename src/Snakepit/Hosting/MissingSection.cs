using Microsoft.Extensions.Configuration;

namespace Snakepit.Hosting;

/// <summary>Says that a configuration section which code names is not there.</summary>
internal static class MissingSection
{
    /// <summary>The sentence, with the near names beside it where <paramref name="root"/> is known.</summary>
    public static string Tell(IConfigurationSection section, IConfiguration? root)
    {
        IConfiguration? parent = ConfigurationPath.GetParentPath(section.Path) is { } path ? root?.GetSection(path) : root;
        string near = NearName.Suggest(section.Key, parent?.GetChildren().Select(static child => child.Key) ?? []);
        return $"there is no configuration section {section.Path}, or it is empty.{near}";
    }
}
