using System.Text;
using Snakepit.Frames;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

public sealed class TelemetryFrameTests
{
    [Fact]
    public void Read_returns_a_measurement_with_its_tags()
    {
        PythonSignal signal = Read("""{"kind":"counter","name":"app.n","value":2,"tags":{"a":"x","b":3,"c":true},"call":7,"dropped":5}""");

        Assert.Equal(
            (PythonSignalKind.Counter, "app.n", 2.0, 7UL, 5L),
            (signal.Kind, signal.Name, signal.Value, signal.Call, signal.Dropped));
        Assert.Equal([("a", "x"), ("b", 3L), ("c", true)], signal.Tags.Select(static tag => (tag.Key, tag.Value!)));
    }

    [Fact]
    public void Read_returns_spans_with_those_below_them()
    {
        PythonSignal signal = Read(
            """{"kind":"span","name":"app.s","tags":{"f":0.5},"begin":1000000000,"duration":2000,"error":"KeyError","""
                + """ "call":7,"children":[{"kind":"span","name":"app.t","tags":{},"begin":1000000100,"duration":100}]}""");

        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(1), signal.Begin);
        Assert.Equal((TimeSpan.FromMicroseconds(2), "KeyError", 0.5), (signal.Duration, signal.ErrorType, signal.Tags[0].Value));
        Assert.Equal("app.t", Assert.Single(signal.Children).Name);
    }

    [Theory]
    [InlineData("""{"kind":"gauge","name":"app.n","value":2,"tags":{},"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":-2,"tags":{},"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":"2","tags":{},"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":2,"tags":{},"call":7,"dropped":-1}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":2,"tags":{"a":[]},"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":2,"tags":{"a":null},"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":2,"call":7}""")]
    [InlineData("""{"kind":"counter","name":"app.n","value":2,"tags":{}}""")]
    [InlineData("""{"kind":"event","name":"app.n","tags":{},"begin":-1,"call":7}""")]
    [InlineData("""{"kind":"span","name":"app.n","tags":{},"begin":1,"call":7}""")]
    [InlineData("""{"kind":"counter","name":null,"value":2,"tags":{},"call":7}""")]
    [InlineData("[]")]
    public void Read_of_anything_else_is_a_protocol_error(string body) => Assert.Throws<ProtocolException>(() => Read(body));

    [Fact]
    public void Read_refuses_more_than_there_may_be()
    {
        string tags = string.Join(',', Enumerable.Range(0, 9).Select(static i => $"\"t{i}\":1"));
        string child = """{"kind":"span","name":"app.t","tags":{},"begin":1,"duration":1}""";
        string children = string.Join(',', Enumerable.Repeat(child, 50));

        string name = new('a', 65);

        Assert.Throws<ProtocolException>(() => Read($$$"""{"kind":"counter","name":"app.n","value":2,"tags":{{{{tags}}}},"call":7}"""));
        Assert.Throws<ProtocolException>(() => Read($$"""{"kind":"counter","name":"{{name}}","value":2,"tags":{},"call":7}"""));
        Assert.Throws<ProtocolException>(() => Read(
            $$"""{"kind":"span","name":"app.s","tags":{},"begin":1,"duration":1,"call":7,"children":[{{children}}]}"""));
    }

    private static PythonSignal Read(string body) => TelemetryFrame.Read(Encoding.UTF8.GetBytes(body));
}
