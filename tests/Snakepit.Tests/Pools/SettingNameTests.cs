using System.Reflection;
using System.Text.RegularExpressions;
using Snakepit.Configuration;

namespace Snakepit.Tests.Pools;

/// <summary>Every setting that a message names exists.</summary>
[Trait("Rule", "L4")]
public sealed partial class SettingNameTests
{
    private static readonly HashSet<string> s_settings = [.. PoolOptionTable.Table.All.Select(static option => option.Path)];

    [Fact]
    public void Every_setting_named_in_a_message_exists()
    {
        string[] named = [.. Sources().SelectMany(static file => Names(File.ReadAllText(file))).Distinct()];

        Assert.Superset(new HashSet<string> { "Queue.Limit", "Boot.Timeout", "Stop.KillTimeout", "Call.MaxMessage" }, named.ToHashSet());
        Assert.DoesNotContain(named, static name => !s_settings.Contains(name) && !IsMember(name));
    }

    [Theory]
    [InlineData("throw new X($\"Raise Queue.Limits ({_options.Queue.Limit}).\")", "Queue.Limits")]
    [InlineData("\"Raise Queue.Limit\" // Not.Here", "Queue.Limit")]
    [InlineData("logger.Call.Here(a.B.C)", "")]
    public void Names_are_found_in_texts_only(string source, string expected) => Assert.Equal(expected, string.Join(' ', Names(source)));

    [Fact]
    public async Task Every_exception_of_a_pool_names_settings_that_exist()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 1);
        var errors = new List<Exception>();
        async Task NoteAsync(Task call) => errors.Add(await Assert.ThrowsAnyAsync<Exception>(() => call));

        Task running = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(20) });
        Task waiting = fixture.Begin();
        await NoteAsync(fixture.Begin());
        fixture.Time.Advance(TimeSpan.FromSeconds(6));
        await NoteAsync(waiting);
        Task late = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(1) });
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await NoteAsync(late);
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        await NoteAsync(running);
        fixture.Time.Advance(TimeSpan.FromSeconds(3)); // Call.CancelGrace
        await NoteAsync(fixture.CallAsync("die"));

        string[] named =
        [
            .. errors.SelectMany(static error => Pattern().Matches(error.Message).Select(static match => match.Value)).Distinct().Order(),
        ];
        Assert.Equal(["Call.Timeout", "Queue.Limit", "Queue.Timeout", "Queue.WhenFull", "ToolCallOptions.Idempotent"], named);
        Assert.DoesNotContain(named, static name => !s_settings.Contains(name) && !IsMember(name));
    }

    /// <summary>Returns the texts of a source that look like <c>Group.Setting</c>.</summary>
    private static IEnumerable<string> Names(string source) =>
        from line in source.Split('\n')
        where !line.TrimStart().StartsWith("///", StringComparison.Ordinal)
        from text in Texts().Matches(line)
        from name in Pattern().Matches(Holes().Replace(text.Value, ""))
        select name.Value;

    /// <summary>Returns whether the name is a public member, which messages name too, or code inside a message.</summary>
    private static bool IsMember(string name)
    {
        string[] parts = name.Split('.');
        return parts[0] == nameof(Snakepit) // file names and log categories
            || typeof(ISnakepit).Assembly.GetExportedTypes()
                .Concat(typeof(Enum).Assembly.GetExportedTypes())
                .Any(type => type.Name == parts[0] && HasMember(type, parts[1]));
    }

    private static bool HasMember(Type type, string name) =>
        type.GetMember(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static).Length > 0;

    private static IEnumerable<string> Sources()
    {
        string root = RepositoryFiles.PathOf("src", "Snakepit");
        return Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).Split('/', '\\').Any(static part => part is "bin" or "obj"));
    }

    [GeneratedRegex("\"(?:[^\"\\\\\\n]|\\\\.)*\"")]
    private static partial Regex Texts();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Holes();

    [GeneratedRegex(@"(?<![\w.])[A-Z][a-zA-Z]+\.[A-Z][a-zA-Z]+(?![\w.(])")]
    private static partial Regex Pattern();
}
