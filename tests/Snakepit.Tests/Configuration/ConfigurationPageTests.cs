using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.Hosting;

namespace Snakepit.Tests.Configuration;

/// <summary>The configuration in docs/configuration.md is valid. The tables of the page are generated.</summary>
public partial class ConfigurationPageTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryFiles.PathOf("docs", "configuration.md"));

    [Fact]
    public void Page_json_is_a_valid_configuration_under_the_page_s_own_code()
    {
        HostApplicationBuilder host = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        host.Configuration.AddConfiguration(Sections.Root(Assert.Single(Blocks("json"))));
        ConfigurationSnippets.HostApplication(host);
        using ServiceProvider provider = host.Services.BuildServiceProvider();

        SnakepitRuntimeBuilder builder = provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider);
        (SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools) = builder.Build();

        Assert.Equal(StartPolicy.AnyReady, options.StartPolicy);
        Assert.Equal(("adapters/text_stats.py", 4, 1_000), (pools["text"].Adapter, pools["text"].Size, pools["text"].Recycle.MaxRequests));
        Assert.Equal((TimeSpan.FromMinutes(2), MemorySize.FromMiB(64)), (pools["text"].Call.Timeout, pools["text"].Call.MaxMessage));
        Assert.Equal((2, 500, 200), (pools["vision"].MinReady, pools["vision"].Recycle.MaxRequests, pools["vision"].Queue.Limit));
        Assert.Equal(["lib", "vendor"], pools["vision"].Python.PythonPath);
        Assert.Equal("1", pools["vision"].Python.Variables["OMP_NUM_THREADS"]);
    }

    private static string[] Blocks(string language) =>
        [
            .. Block()
                .Matches(s_page)
                .Where(block => block.Groups["language"].Value == language)
                .Select(static block => block.Groups["text"].Value),
        ];

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
