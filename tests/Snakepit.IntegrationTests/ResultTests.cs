using System.Text.Json;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests results and arguments without a wire form, or with one that is too large.</summary>
public sealed class ResultTests : IntegrationTest
{
    private const string Marker = "__snakepit_unserializable__";

    [Theory(Timeout = Bound)]
    [InlineData(UnserializableDetail.None, false, false)]
    [InlineData(UnserializableDetail.Type, true, false)]
    [InlineData(UnserializableDetail.ReprTruncated, true, true)]
    [InlineData(UnserializableDetail.ReprRedacted, true, true)]
    [Trait("Rule", "V4")]
    public async Task ExecuteAsync_value_without_a_wire_form_becomes_a_marker(UnserializableDetail detail, bool hasType, bool hasRepr)
    {
        Rig rig = await StartAsync("misbehaving.py", p =>
        {
            p.Values.Unserializable = detail;
            p.Values.ReprMaxLength = 60;
        });

        JsonElement result = await rig.CallAsync<JsonElement>("unserializable");

        JsonElement bad = result.GetProperty("bad");
        Assert.Equal(1, result.GetProperty("good").GetInt32());
        Assert.True(bad.GetProperty(Marker).GetBoolean());
        Assert.Equal(
            hasType,
            bad.TryGetProperty("type", out JsonElement type) && type.GetString()!.Contains("Secret", StringComparison.Ordinal));
        Assert.Equal(hasRepr, bad.TryGetProperty("repr", out JsonElement repr));
        if (hasRepr)
        {
            Assert.InRange(repr.GetString()!.Length, 1, 80);
            Assert.Equal(detail == UnserializableDetail.ReprTruncated, repr.GetString()!.Contains("hunter2", StringComparison.Ordinal));
        }
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "V4")]
    public async Task ExecuteAsync_hostile_object_becomes_a_marker()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Values.Unserializable = UnserializableDetail.ReprRedacted);

        JsonElement result = await rig.CallAsync<JsonElement>("hostile");

        Assert.True(result.GetProperty(Marker).GetBoolean());
    }

    [Theory(Timeout = Bound)]
    [InlineData("nested", 500)]
    [InlineData("nested", 100_000)]
    [InlineData("endless", null)]
    public async Task ExecuteAsync_result_that_is_too_deep_is_an_error_of_the_tool(string tool, int? depth)
    {
        Rig rig = await StartAsync("misbehaving.py");

        ToolArguments arguments = depth is null ? default : ToolArguments.Positional(depth);
        ToolException thrown = await Assert.ThrowsAsync<ToolException>(
            async () => await rig.Pool.ExecuteAsync<object>(tool, arguments, null, Cancellation));

        Assert.True(thrown.Error.Is("ValueError"), thrown.Message);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_result_above_MaxMessage_is_an_error_that_names_the_setting()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Call.MaxMessage = MemorySize.FromKiB(64));

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(
            () => rig.CallAsync<string>("text", 100_000));

        Assert.Contains("Call.MaxMessage", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(60_000, (await rig.CallAsync<string>("text", 60_000)).Length);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_argument_above_MaxMessage_is_refused_and_names_the_setting()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Call.MaxMessage = MemorySize.FromKiB(64));

        ArgumentException thrown = await Assert.ThrowsAsync<ArgumentException>(
            () => rig.CallAsync<int>("length", new string('x', 100_000)));

        Assert.Contains("Call.MaxMessage", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(60_000, await rig.CallAsync<int>("length", new string('x', 60_000)));
    }

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    public async Task ExecuteAsync_arguments_or_result_that_never_end_are_refused_and_name_the_setting(ValueCodec codec)
    {
        Rig rig = await StartAsync("misbehaving.py", p =>
        {
            p.Call.MaxMessage = MemorySize.FromKiB(64);
            p.Values.Codec = codec;
        });

        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() => rig.CallAsync<int>("length", Endless()));
        Assert.Contains("Call.MaxMessage (64KiB) of pool", refused.Message, StringComparison.Ordinal);
        foreach (string tool in new[] { "forever", "many" })
        {
            ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object>(tool));
            Assert.Contains("Call.MaxMessage", thrown.Message, StringComparison.Ordinal);
            Assert.Equal("MessageTooLarge", thrown.Error.Type);
        }
        await rig.AssertServesAsync();

        static IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return 1;
            }
        }
    }

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    public async Task ExecuteAsync_result_of_another_type_tells_tool_type_and_path(ValueCodec codec)
    {
        Rig rig = await StartAsync(configure: p => p.Values.Codec = codec);

        ToolResultException thrown = await Assert.ThrowsAsync<ToolResultException>(
            () => rig.CallAsync<Dictionary<string, int>>("echo", new { a = 1, b = "x" }));

        Assert.Equal(("$.b", "a dict with the keys 'a', 'b'", "echo"), (thrown.Path, thrown.Received, thrown.Tool));
        Assert.Equal(
            $"Tool 'echo' of pool '{rig.Pool.Name}': The result cannot be read as Dictionary<string, int>: " +
            "Python sent a dict with the keys 'a', 'b', and at $.b a str where int is wanted.",
            thrown.Message);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_string_where_named_arguments_belong_is_refused()
    {
        Rig rig = await StartAsync();

        ArgumentException thrown = await Assert.ThrowsAsync<ArgumentException>(
            async () => await rig.Pool.ExecuteAsync<string>("echo", "text", null, Cancellation));

        Assert.Contains("Positional", thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_result_of_another_type_is_an_error_of_the_call_alone()
    {
        Rig rig = await StartAsync("misbehaving.py");

        await Assert.ThrowsAsync<ToolResultException>(() => rig.CallAsync<int>("text", 3));

        await rig.AssertServesAsync();
    }
}
