using System.Text;
using System.Text.Json;
using Snakepit.Values;

namespace Snakepit.Tests.Values;

public sealed class MalformedValueTests
{
    private static readonly JsonRoundTrip s_json = new();

    [Theory]
    [Trait("Rule", "V1")]
    [InlineData("")]
    [InlineData("[1")]
    [InlineData("[1,]")]
    [InlineData("1 2")]
    [InlineData("NaN")]
    [InlineData("{\"__snakepit__\":\"future\",\"v\":1}")]
    [InlineData("{\"__snakepit__\":1}")]
    [InlineData("{\"__snakepit__\":\"bytes\"}")]
    [InlineData("{\"__snakepit__\":\"bytes\",\"v\":\"*\"}")]
    [InlineData("{\"__snakepit__\":\"bytes\",\"v\":\"\",\"w\":1}")]
    [InlineData("{\"__snakepit__\":\"float\",\"v\":\"x\"}")]
    [InlineData("{\"__snakepit__\":\"float\",\"v\":1}")]
    [InlineData("{\"__snakepit__\":\"uuid\",\"v\":\"x\"}")]
    [InlineData("{\"__snakepit__\":\"decimal\",\"v\":\"x\"}")]
    [InlineData("{\"__snakepit__\":\"datetime\",\"v\":\"x\"}")]
    [InlineData("{\"__snakepit__\":\"datetime\",\"v\":\"2024-01-01T00:00:00+23:00\"}")]
    [InlineData("{\"__snakepit__\":\"datetime\",\"v\":\"00:00-08:00\"}")]
    [InlineData("{\"__snakepit__\":\"datetime\",\"v\":\"12:00\"}")]
    [InlineData("{\"__snakepit__\":\"timedelta\",\"v\":1.55}")]
    [InlineData("{\"__snakepit__\":\"map\",\"v\":[1]}")]
    [InlineData("{\"__snakepit__\":\"map\",\"v\":[[1]]}")]
    [InlineData("{\"__snakepit__\":\"map\",\"v\":[[1,2,3]]}")]
    [InlineData("{\"__snakepit__\":\"map\",\"v\":{}}")]
    [InlineData("{\"__snakepit__\":\"array\",\"dtype\":\"<f8\",\"shape\":[2],\"v\":\"\"}")]
    [InlineData("{\"__snakepit__\":\"array\",\"dtype\":\"<f8\",\"shape\":[-1],\"v\":\"\"}")]
    [InlineData("{\"__snakepit__\":\"array\",\"dtype\":\"<f8\",\"shape\":[2147483647,2147483647,2147483647],\"v\":\"\"}")]
    [InlineData("{\"__snakepit__\":\"array\",\"dtype\":\"\",\"shape\":[],\"v\":\"\"}")]
    [InlineData("{\"__snakepit__\":\"array\",\"dtype\":\"O\",\"shape\":[],\"v\":\"\"}")]
    [InlineData("{\"__snakepit__\":\"table\",\"names\":[\"a\"],\"columns\":[]}")]
    [InlineData("{\"__snakepit__\":\"table\",\"names\":[1],\"columns\":[[]]}")]
    [InlineData("{\"__snakepit__\":\"table\",\"names\":[\"a\",\"b\"],\"columns\":[[1],[]]}")]
    public void Read_malformed_throws_JsonException(string wire) => Assert.ThrowsAny<JsonException>(() => s_json.Read<object>(wire));

    [Fact]
    [Trait("Rule", "V1")]
    public void Read_bytes_of_an_array_that_does_not_fit_throws_JsonException() => Assert.ThrowsAny<JsonException>(
        () => s_json.Read<byte[]>("""{"__snakepit__":"array","dtype":"<f8","shape":[1],"v":"AAAAAAAA4D8="}"""));

    [Theory]
    [Trait("Rule", "V1")]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Read_deeper_than_200_throws_JsonException(char opening, char closing)
    {
        string Open(int levels) => string.Concat(Enumerable.Repeat(opening == '{' ? "{\"a\":" : "[", levels));
        string Nested(int levels) => Open(levels) + "1" + new string(closing, levels);
        Assert.NotNull(s_json.Read<object>(Nested(200)));
        Assert.ThrowsAny<JsonException>(() => s_json.Read<object>(Nested(201)));
        Assert.ThrowsAny<JsonException>(() => s_json.Read<object>(Nested(100_000)));
    }

    [Theory]
    [InlineData("{}", "Exception", "")]
    [InlineData("\"text\"", "Exception", "text")]
    [InlineData("\"\\udc00\"", "Exception", "")]
    [InlineData("{\"type\":1,\"message\":[],\"bases\":{},\"args\":\"x\",\"frames\":[1,{\"line\":\"x\"}],\"cause\":3}", "Exception", "")]
    [InlineData("{\"type\":\"ValueError\",\"message\":\"\\ud800\"}", "ValueError", "")]
    public void ReadError_of_odd_shape_gives_what_there_is(string wire, string type, string message)
    {
        ToolError error = new JsonValueCodec().ReadError(Encoding.UTF8.GetBytes(wire));
        Assert.Equal((type, message, "builtins"), (error.Type, error.Message, error.Module));
        Assert.Null(error.Cause);
    }

    [Fact]
    public void ReadError_gives_every_field()
    {
        const string wire = """
            {"type":"KeyError","module":"m","bases":["LookupError","Exception"],"message":{"__snakepit__":"str","v":"YQAA2A=="},
             "args":["'a'"],"notes":["n"],
             "frames":[{"file":"a.py","line":3,"function":"f","code":"x[1]"},{"file":"b.py","line":4,"function":"g","code":null}],
             "traceback":"Traceback","cause":{"type":"ValueError","cause":null}}
            """;
        ToolError error = new JsonValueCodec().ReadError(Encoding.UTF8.GetBytes(wire));
        Assert.True(error.Is("LookupError") && error.Is("m.KeyError"));
        Assert.Equal(("a\ud800", "Traceback", "ValueError"), (error.Message, error.Traceback, error.Cause!.Type));
        Assert.Equal(["'a'", "n"], error.Arguments.Concat(error.Notes));
        Assert.Equal([
                new ToolStackFrame { File = "a.py", Line = 3, Function = "f", Code = "x[1]" },
                new ToolStackFrame { File = "b.py", Line = 4, Function = "g" },
            ], error.Frames);
    }

    [Fact]
    public void ReadError_of_many_causes_is_bounded()
    {
        string wire = string.Concat(Enumerable.Repeat("{\"type\":\"E\",\"cause\":", 1000)) + "null" + new string('}', 1000);
        int causes = 0;
        for (ToolError? error = new JsonValueCodec().ReadError(Encoding.UTF8.GetBytes(wire)); error is not null; error = error.Cause)
        {
            causes++;
        }
        Assert.Equal(51, causes);
    }
}
