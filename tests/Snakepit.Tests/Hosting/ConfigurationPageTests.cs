using System.Collections;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

/// <summary>docs/configuration.md says what the code does.</summary>
public partial class ConfigurationPageTests
{
    private static readonly string s_page = File.ReadAllText(RepositoryFiles.PathOf("docs", "configuration.md"));
    private static readonly string s_poolTable = s_page[s_page.IndexOf("## Each pool", StringComparison.Ordinal)..];

    [Fact]
    public void Page_lists_every_setting_once_in_the_order_of_the_table() =>
        Assert.Equal(PoolOptionTable.All.Select(static option => option.Path), Row().Matches(s_poolTable).Select(static row => row.Groups["path"].Value));

    [Fact]
    public void Page_gives_the_default_of_every_setting() => Assert.All(PoolOptionTable.All, static option =>
    {
        object? actual = option.Read(new PoolOptions());
        string documented = Row().Matches(s_poolTable).Single(row => row.Groups["path"].Value == option.Path).Groups["default"].Value;
        switch (documented)
        {
            case "required":
                Assert.Equal("", actual);
                break;
            case "processor count":
                Assert.Equal(Environment.ProcessorCount, actual);
                break;
            case "empty":
                Assert.Empty((IEnumerable)actual!);
                break;
            default:
                Assert.Equal(actual, Bound(option, documented.Trim('`')));
                break;
        }
    });

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

    private static object? Bound(PoolOption option, string text)
    {
        // What is null by default is set to something else, so that only a null on the page makes it null.
        PoolOptions options = new()
        {
            Recycle =
            {
                MaxRequests = 9, MaxConcurrent = 9, Ttl = TimeSpan.FromHours(9), IdleTimeout = TimeSpan.FromHours(9), MaxCpuTime = TimeSpan.FromHours(9),
                MaxConsecutiveErrors = 9,
            },
            Start = { Warmup = "warm9" },
            Memory = { SoftLimit = MemorySize.FromGiB(9), HardLimit = MemorySize.FromGiB(10) },
            Health = { CheckTool = "check9", UnresponsiveTimeout = TimeSpan.FromHours(9) },
            Python = { Executable = "python9", Environment = ".venv9" },
        };
        List<string> problems = [];
        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection([new("Page:" + option.Key, text)]).Build();
        PoolOptionsBinder.Bind(root.GetSection("Page"), options, problems);
        Assert.Empty(problems);
        return option.Read(options);
    }

    private static string[] Blocks(string language) =>
        [.. Block().Matches(s_page).Where(block => block.Groups["language"].Value == language).Select(static block => block.Groups["text"].Value)];

    [GeneratedRegex(@"^\| `(?<path>[\w.]+)` \| (?<default>.+?) \| .+? \| .+? \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
