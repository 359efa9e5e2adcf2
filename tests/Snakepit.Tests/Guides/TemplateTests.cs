using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Hosting;

namespace Snakepit.Tests.Guides;

/// <summary>The settings of the templates' projects. eng/first_steps creates and runs the projects.</summary>
public sealed class TemplateTests
{
    [Fact]
    public void Web_template_reports_missing_members_and_watches_adapters_in_Development_only()
    {
        Assert.Equal([("stats", false, false), ("text", false, false)], Pools("appsettings.json"));
        Assert.Equal([("stats", true, true), ("text", true, true)], Pools("appsettings.json", "appsettings.Development.json"));
    }

    [Fact]
    public void Console_template_reports_missing_members()
    {
        string program = File.ReadAllText(PathOf("snakepit-console", "Program.cs"));

        Assert.Contains("p.Values.RequireMembers = true;", program, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, bool RequireMembers, bool WatchAdapter)> Pools(params string[] files)
    {
        var configuration = new ConfigurationBuilder();
        Array.ForEach(files, file => configuration.AddJsonFile(PathOf("snakepit-web", file)));
        IConfigurationRoot root = configuration.Build();
        using ServiceProvider provider = new ServiceCollection().AddSnakepit(root.GetSection("Snakepit")).Services.BuildServiceProvider();
        return [.. provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider).Build().Pools
            .OrderBy(static pool => pool.Key, StringComparer.Ordinal)
            .Select(static pool => (pool.Key, pool.Value.Values.RequireMembers, pool.Value.WatchAdapter))];
    }

    private static string PathOf(string template, string file) =>
        RepositoryFiles.PathOf("src", "Snakepit.Templates", "content", template, file);
}
