using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests calls that cannot succeed. Each ends with its own exception, and the pool goes on.</summary>
public sealed class BadCallTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_unknown_tool_names_the_near_one()
    {
        Rig rig = await StartAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(
            async () => await rig.Pool.ExecuteAsync<int>("ad", new { a = 1, b = 2 }, null, Cancellation));

        Assert.Equal("ToolNotFound", thrown.Error.Type);
        Assert.Contains("did you mean 'add'", thrown.Message, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Theory(Timeout = Bound)]
    [InlineData("a")]
    [InlineData("a", "b", "c")]
    [InlineData("a", "bee")]
    public async Task ExecuteAsync_wrong_arguments_raise_in_python(params string[] names)
    {
        Rig rig = await StartAsync();

        var arguments = ToolArguments.Named([.. names.Select(static name => (name, (object?)1))]);
        ToolException thrown = await Assert.ThrowsAsync<ToolException>(
            async () => await rig.Pool.ExecuteAsync<int>("add", arguments, null, Cancellation));

        Assert.Equal("TypeError", thrown.Error.Type);
        Assert.Contains("add()", thrown.Message, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Malformed_json_of_a_converter_is_told_as_what_it_is()
    {
        Rig rig = await StartAsync(configure: static p => p.Values.Codec = ValueCodec.Json);

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("add", new Malformed(), 2));

        Assert.Equal("JSONDecodeError", thrown.Error.Type);
        Assert.Contains("Expecting ':' delimiter", thrown.Message, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [JsonConverter(typeof(Converter))]
    private sealed class Malformed;

    private sealed class Converter : JsonConverter<Malformed>
    {
        public override Malformed Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Malformed value, JsonSerializerOptions options) =>
            writer.WriteRawValue("""{"a" 1}""", skipInputValidation: true);
    }
}
