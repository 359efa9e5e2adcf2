using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Snakepit.Frames;
using Snakepit.Telemetry;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Tests.Workers;

/// <summary>The host understands a worker's handshake, or rejects it with a protocol error.</summary>
[Trait("Rule", "P4")]
public sealed class HandshakeTests
{
    private const string Ready =
        """
        {"tools":[{"name":"add","description":"Adds.","parameters":[
        {"name":"a","kind":"positional","type":"int","required":true,"default":null},
        {"name":"b","kind":"standard","type":null,"required":false,"default":"2"},
        {"name":"c","kind":"named","type":null,"required":true,"default":null},
        {"name":"args","kind":"positionals","type":null,"required":false,"default":null},
        {"name":"kw","kind":"nameds","type":null,"required":false,"default":null}],
        "idempotent":true}],"timings":{"boot_ms":1,"import_ms":2,"setup_ms":3}}
        """;

    private const string Failed =
        """{"stage":"adapter","error":{"type":"ValueError","module":"builtins","bases":["Exception"]"""
        + ""","message":"no","traceback":"Traceback"}}""";
    private const string Hello = """{"protocol":[1,1],"runtime":"CPython","version":"3.11.7","pid":1,"codecs":["json"],"features":[]}""";
    private const string Event = """{"kind":"memory_usage","bytes":123456789012}""";
    private const string Log = """{"level":"info","message":"half done","call":0}""";
    private static readonly JsonValueCodec s_codec = new();

    [Fact]
    public void Ready_tells_the_tools()
    {
        ToolDescriptor tool = Assert.Single(Handshake.ReadAbilities(Encoding.UTF8.GetBytes(Ready)).Tools);

        Assert.Equal(("add", "Adds.", true), (tool.Name, tool.Description, tool.IsIdempotent));
        Assert.Equal(
            [
                new ToolParameter { Name = "a", Kind = ToolParameterKind.PositionalOnly, Annotation = "int", IsRequired = true },
                new ToolParameter { Name = "b", Kind = ToolParameterKind.PositionalOrKeyword, Default = "2" },
                new ToolParameter { Name = "c", Kind = ToolParameterKind.KeywordOnly, IsRequired = true },
                new ToolParameter { Name = "args", Kind = ToolParameterKind.VarPositional },
                new ToolParameter { Name = "kw", Kind = ToolParameterKind.VarKeyword },
            ],
            tool.Parameters);
    }

    [Fact]
    public void Ready_tells_the_schemas_of_a_tool()
    {
        ToolDescriptor with = Assert.Single(Handshake.ReadAbilities(Told(
            ""","exact":true,"schema":{"type":"object","properties":{}},"result":{"type":"integer"}""")).Tools);
        ToolDescriptor without = Assert.Single(Handshake.ReadAbilities(Told("")).Tools);

        Assert.Equal(
            (true, """{"type":"object","properties":{}}""", """{"type":"integer"}"""),
            (with.IsExact, with.ParametersSchema.ToString(), with.ResultSchema.ToString()));
        Assert.Equal((false, "{}", "{}"), (without.IsExact, without.ParametersSchema.ToString(), without.ResultSchema.ToString()));
        Assert.Equal("{}", new ToolDescriptor { Name = "of a test" }.ResultSchema.ToString());
    }

    [Theory]
    [InlineData(""","schema":null""")]
    [InlineData(""","schema":true""")]
    [InlineData(""","result":[]""")]
    [InlineData(""","exact":null""")]
    public void Ready_with_a_schema_that_is_no_object_is_a_protocol_error(string more) =>
        Assert.Throws<ProtocolException>(() => Handshake.ReadAbilities(Told(more)));

    [Theory]
    [InlineData("", ToolCancellation.Interrupt)]
    [InlineData(",\"cancel\":\"interrupt\"", ToolCancellation.Interrupt)]
    [InlineData(",\"cancel\":\"cooperative\"", ToolCancellation.Cooperative)]
    [InlineData(",\"cancel\":\"kill\"", ToolCancellation.Kill)]
    [InlineData(",\"cancel\":\"a later one\"", ToolCancellation.Interrupt)]
    public void Ready_tells_what_cancels_a_tool(string member, ToolCancellation cancellation)
    {
        string body = Ready.Replace("\"idempotent\":true", "\"idempotent\":true" + member, StringComparison.Ordinal);

        Assert.Equal(cancellation, Assert.Single(Handshake.ReadAbilities(Encoding.UTF8.GetBytes(body)).Tools).Cancellation);
    }

    [Theory]
    [InlineData("""{"tools":[]}""", false, null)]
    [InlineData("""{"tools":[],"health_check":false,"source":null}""", false, null)]
    [InlineData("""{"tools":[],"health_check":true,"source":"/srv/größe.py"}""", true, "/srv/größe.py")]
    public void Ready_tells_whether_there_is_a_health_check_and_the_adapters_file(string body, bool check, string? source)
    {
        WorkerAbilities abilities = Handshake.ReadAbilities(Encoding.UTF8.GetBytes(body));

        Assert.Equal((check, source), (abilities.HasHealthCheck, abilities.Source));
    }

    [Theory]
    [InlineData("""{"tools":[]}""", null)]
    [InlineData("""{"tools":[],"device":null}""", null)]
    [InlineData("""{"tools":[],"device":"cuda:0"}""", "cuda:0")]
    public void Ready_tells_the_device(string body, string? device) =>
        Assert.Equal(device, Handshake.ReadAbilities(Encoding.UTF8.GetBytes(body)).Device);

    [Fact]
    public void Ready_with_a_device_of_too_many_characters_is_a_protocol_error()
    {
        static byte[] ReadyOn(int characters) => Encoding.UTF8.GetBytes($$"""{"tools":[],"device":"{{new string('x', characters)}}"}""");

        Assert.Equal(Protocol.MaxDevice, Handshake.ReadAbilities(ReadyOn(Protocol.MaxDevice)).Device!.Length);
        Assert.Throws<ProtocolException>(() => Handshake.ReadAbilities(ReadyOn(Protocol.MaxDevice + 1)));
    }

    [Theory]
    [InlineData("""{"tools":[],"device":""}""")]
    [InlineData("""{"tools":[],"device":0}""")]
    [InlineData("""{"tools":[],"device":"\udc00"}""")]
    [InlineData("""{"tools":[],"health_check":1}""")]
    [InlineData("""{"tools":[],"health_check":null}""")]
    [InlineData("""{"tools":[],"source":1}""")]
    [InlineData("""{"tools":[],"source":"\udc00"}""")]
    [InlineData("""{"tools":[]} {}""")]
    public void Ready_with_other_types_is_a_protocol_error(string body) =>
        Assert.Throws<ProtocolException>(() => Handshake.ReadAbilities(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("""{"kind":"recycle_requested"}""", "recycle_requested", 0)]
    [InlineData("""{"kind":"collected","bytes":"any"}""", "collected", 0)]
    [InlineData("""{"kind":"yet to come"}""", "yet to come", 0)]
    [InlineData(Event, "memory_usage", 123_456_789_012)]
    [InlineData("""{"kind":"memory_usage","bytes":0}""", "memory_usage", 0)]
    public void Event_tells_its_kind_and_what_belongs_to_it(string body, string kind, long bytes) =>
        Assert.Equal((kind, bytes), Handshake.ReadEvent(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("""{"kind":"memory_usage"}""")]
    [InlineData("""{"kind":"memory_usage","bytes":null}""")]
    [InlineData("""{"kind":"memory_usage","bytes":"1"}""")]
    [InlineData("""{"kind":"memory_usage","bytes":1.5}""")]
    [InlineData("""{"kind":"memory_usage","bytes":-1}""")]
    [InlineData("""{"kind":"memory_usage","bytes":1e400}""")]
    [InlineData("""{"kind":null}""")]
    [InlineData("""{"kind":"\ud800"}""")]
    [InlineData("""{"kind":"collected"}]""")]
    public void Event_with_anything_else_is_a_protocol_error(string body) =>
        Assert.Throws<ProtocolException>(() => Handshake.ReadEvent(Encoding.UTF8.GetBytes(body)));

    [Fact]
    public void Log_tells_all_parts_of_a_record()
    {
        PythonRecord whole = Handshake.ReadLog(Encoding.UTF8.GetBytes(
            """
            {"level":"error","message":"m","call":1,"tool":"t","logger":"l","exception":"e","session":"s","category":"c",
            "file":"f","line":3,"dropped":4,"yet to come":null}
            """));
        PythonRecord least = Handshake.ReadLog(Encoding.UTF8.GetBytes(Log));

        Assert.Equal(
            new PythonRecord("error", "m")
            {
                Tool = "t", Logger = "l", Exception = "e", Session = "s", Category = "c", File = "f", Line = 3, Dropped = 4, Call = 1,
            },
            whole);
        Assert.Equal(new PythonRecord("info", "half done"), least);
    }

    [Theory]
    [InlineData(""","dropped":-1""")]
    [InlineData(""","dropped":null""")]
    [InlineData(""","line":1.5""")]
    [InlineData(""","logger":1""")]
    [InlineData(""","call":-1""")]
    public void Log_with_other_types_is_a_protocol_error(string more) =>
        Assert.Throws<ProtocolException>(() => Handshake.ReadLog(Encoding.UTF8.GetBytes($$"""{"level":"info","message":""{{more}}}""")));

    [Fact]
    public void Failed_tells_stage_and_python_error()
    {
        WorkerFailure failure = Handshake.ReadFailure(Encoding.UTF8.GetBytes(Failed), s_codec);

        Assert.Equal(("adapter", "ValueError: no", "Traceback"), (failure.Stage, failure.Message, failure.Error!.Traceback));
    }

    [Fact]
    public void Init_names_the_worker_and_what_it_needs()
    {
        var blueprint = new WorkerBlueprint
        {
            Adapter = "/srv/a.py:Tools", PythonPath = ["/srv/lib"], MaxMessage = 1_000, Unserializable = UnserializableDetail.ReprRedacted,
            ReprMaxLength = 7, Warmup = "load", Codec = s_codec,
        };

        using JsonDocument init = JsonDocument.Parse(
            Handshake.Init(new WorkerStart(new WorkerId("text", 3, 17), blueprint), BodyFormat.Json));

        Assert.Equal(
            """{"protocol":1,"codec":"json","worker":"text/3#17","pool":"text","slot":3,"generation":17"""
                + ""","adapter":"/srv/a.py:Tools","python_path":["/srv/lib"],"max_message":1000"""
                + ""","unserializable":"repr_redacted","repr_max_length":7,"warmup":"load","interrupts":true}""",
            init.RootElement.GetRawText());
    }

    [Fact]
    public void Init_tells_which_signals_to_send_unless_all_are()
    {
        var options = new PythonTelemetryOptions { Sampling = 0.5 };
        options.Include.Add("app.*");
        options.Exclude.Add("app.debug");
        var blueprint = new WorkerBlueprint
        {
            Adapter = "/srv/a.py", PythonPath = [], MaxMessage = 1_000, Unserializable = UnserializableDetail.Type, ReprMaxLength = 7,
            Codec = s_codec, Telemetry = options,
        };

        using JsonDocument init = JsonDocument.Parse(
            Handshake.Init(new WorkerStart(new WorkerId("text", 3, 17), blueprint), BodyFormat.Json));

        Assert.Equal(
            """{"include":["app.*"],"exclude":["app.debug"],"sampling":0.5}""", init.RootElement.GetProperty("telemetry").GetRawText());
    }

    [Fact]
    public void Init_tells_of_the_host_tools()
    {
        HostTool[] tools =
        [
            new("bare", static (_, _) => default),
            new("lookup", static (_, _) => default)
            {
                Description = "Finds \"things\".",
                ParametersSchema = JsonElement.Parse("""{"type":"object"}"""),
                Metadata = new Dictionary<string, string> { ["unit"] = "EUR" },
            },
        ];
        var blueprint = new WorkerBlueprint
        {
            Adapter = "a.py", PythonPath = [], MaxMessage = 1_000, Unserializable = UnserializableDetail.Type, ReprMaxLength = 7,
            HostTools = tools, Codec = s_codec,
        };

        using JsonDocument init = JsonDocument.Parse(
            Handshake.Init(new WorkerStart(new WorkerId("text", 3, 17), blueprint), BodyFormat.Json));

        JsonNode expected = JsonNode.Parse(
            """
            {
              "bare": {"description": ""},
              "lookup": {"description": "Finds \"things\".", "parameters": "{\"type\":\"object\"}", "metadata": {"unit": "EUR"}}
            }
            """)!;
        JsonElement told = init.RootElement.GetProperty("host_tools");
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(told.GetRawText())), told.GetRawText());
        Assert.True(JsonNode.DeepEquals(expected, JsonSerializer.SerializeToNode(HostTool.Tell(tools))));
    }

    [Fact]
    public void Init_tells_the_number_of_threads()
    {
        var blueprint = new WorkerBlueprint
        {
            Adapter = "a.py", PythonPath = [], MaxMessage = 1_000, Unserializable = UnserializableDetail.Type, ReprMaxLength = 7,
            Threads = 16, Capacity = 100, Codec = s_codec,
        };

        using JsonDocument init = JsonDocument.Parse(
            Handshake.Init(new WorkerStart(new WorkerId("text", 3, 17), blueprint), BodyFormat.Json));

        JsonElement root = init.RootElement;
        Assert.Equal(
            (16, 100, 116), (root.GetProperty("threads").GetInt32(), root.GetProperty("async_calls").GetInt32(), blueprint.Rows));
        Assert.Equal(1, (blueprint with { Threads = 0 }).Rows);
    }

    [Theory]
    [InlineData("[0,0]")]
    [InlineData("[2,9]")]
    public void Hello_without_a_common_version_is_refused(string versions) =>
        Assert.Throws<ProtocolException>(() => Handshake.ReadHello(Encoding.UTF8.GetBytes($$"""{"protocol":{{versions}}}""")));

    [Fact]
    public void Hello_with_a_common_version_is_welcome() => Handshake.ReadHello(Encoding.UTF8.GetBytes(Hello));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"protocol":[1]}""")]
    [InlineData("""{"protocol":[1,99999999999]}""")]
    [InlineData("""{"tools":null,"stage":null,"level":null}""")]
    [InlineData("""{"tools":[null],"stage":"adapter","level":3,"message":4}""")]
    [InlineData("""{"tools":[{"name":null}],"stage":3,"error":null,"level":"info"}""")]
    [InlineData("""{"protocol":["\ud800"],"tools":[{"name":"\ud800"}],"stage":"\ud800","level":"\ud800"}""")]
    public void A_malformed_body_is_a_protocol_error(string body)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);

        Assert.Throws<ProtocolException>(() => Handshake.ReadHello(bytes));
        Assert.Throws<ProtocolException>(() => Handshake.ReadAbilities(bytes));
        Assert.Throws<ProtocolException>(() => Handshake.ReadFailure(bytes, s_codec));
        Assert.Throws<ProtocolException>(() => Handshake.ReadLog(bytes));
        Assert.Throws<ProtocolException>(() => Handshake.ReadEvent(bytes));
    }

    [Theory]
    [InlineData("""{"stage":"adapter","error":{"type":"\ud800","message":"\ud800","bases":["\ud800"]}}""")]
    [InlineData("""{"stage":"adapter","error":{"type":1,"message":[],"bases":{},"frames":[1],"cause":2}}""")]
    public void An_odd_error_object_is_read_as_far_as_it_goes_or_refused(string body) => OnlyProtocolErrors(Encoding.UTF8.GetBytes(body));

    [Fact]
    public void Changed_bytes_are_read_or_a_protocol_error() =>
        Gen.Select(
            Gen.Int[0, 4].Select(static i => ((string[])[Hello, Ready, Failed, Log, Event])[i]),
            Gen.Select(Gen.Int[0, 2_000], Gen.Byte).Array[1, 5],
            Gen.Int[0, 40]).Sample(
            static (body, changes, cut) =>
            {
                byte[] bytes = Encoding.UTF8.GetBytes(body);
                foreach ((int at, byte value) in changes)
                {
                    bytes[at % bytes.Length] = value;
                }
                OnlyProtocolErrors(bytes.AsSpan(0, Math.Max(0, bytes.Length - cut)).ToArray());
            },
            iter: 3_000);

    private static byte[] Told(string more) => Encoding.UTF8.GetBytes(
        $$"""{"tools":[{"name":"f","description":"","parameters":[],"idempotent":false{{more}}}]}""");

    private static void OnlyProtocolErrors(byte[] body)
    {
        Action[] readers =
        [
            () => Handshake.ReadHello(body), () => Handshake.ReadAbilities(body), () => Handshake.ReadFailure(body, s_codec),
            () => Handshake.ReadLog(body),
            () => Handshake.ReadEvent(body),
        ];
        foreach (Action read in readers)
        {
            try
            {
                read();
            }
            catch (ProtocolException)
            {
            }
        }
    }
}
