using System.Text;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Valid messages to mutate: the golden ones of tests/vectors, and some of every kind besides.</summary>
internal static class FuzzCorpus
{
    private const int Longest = 1_000; // a longer message only spends time on the same few bytes

    public static byte[][] Frames() =>
        [.. Vectors("frames.json").Select(static vector => Convert.FromHexString(vector.GetProperty("hex").GetString()!)), .. Control()];

    public static byte[][] Json() =>
        [.. Vectors("values.json").Select(static vector => Utf8(vector.GetProperty("wire").GetString()!)).Where(IsShort)];

    public static byte[][] Marshal()
    {
        byte[][] values =
        [
            .. Vectors("marshal.json")
                .Select(static vector => Convert.FromHexString(vector.GetProperty("wire").GetString()!))
                .Where(IsShort),
        ];
        return [.. values, .. values.Chunk(4).Select(ListOf)];
    }

    public static byte[][] Control() =>
    [
        FrameWriter.Frame(FrameType.Pong),
        .. Bodies(
            FrameType.Log,
            """{"level":"info","message":"half done","call":0}""",
            """{"level":"warning","message":"\ud83d\ude00 ü","call":18446744073709551615}"""),
        .. Bodies(
            FrameType.Event,
            """{"kind":"memory_usage","bytes":123456789012}""",
            """{"kind":"recycle_requested"}""",
            """{"kind":"collected"}""",
            """{"kind":"later"}"""),
        .. Bodies(
            FrameType.Telemetry,
            """{"kind":"counter","name":"app.hits","value":1,"tags":{"hot":true,"n":3},"call":7,"dropped":0}""",
            """{"kind":"histogram","name":"app.size","value":-0.5,"tags":{},"call":0,"dropped":2}""",
            """{"kind":"event","name":"app.miss","tags":{"key":"x","share":0.5},"begin":1700000000000000000,"call":7}""",
            """{"kind":"span","name":"app.load","tags":{},"begin":1700000000000000000,"duration":1000,"error":"ValueError",""" +
                """ "call":7,"children":[{"kind":"span","name":"app.read","tags":{},"begin":1700000000000000000,"duration":10}]}""",
            """{"kind":"none","call":0,"dropped":3}"""),
    ];

    public static byte[][] Handshake() => [.. Array.ConvertAll(
        [
            """{"protocol":[1,1],"runtime":"CPython","version":"3.11.7","pid":1,"codecs":["json","marshal"],"features":["page"]}""",
            """{"tools":[{"name":"add","description":"Adds.","parameters":[{"name":"a","kind":"positional","type":"int","required":true""" +
                ""","default":null}],"idempotent":true}],"timings":{"boot_ms":1},"health_check":true,"source":"/a.py"}""",
            """{"stage":"adapter","error":{"type":"ValueError","module":"builtins","bases":["Exception"]""" +
                ""","message":"no","traceback":"Traceback"}}""",
            """{"level":"info","message":"half done","call":0}""",
            """{"kind":"memory_usage","bytes":123456789012}""",
        ], Utf8)];

    public static byte[][] Errors() => [.. Array.ConvertAll(
        [
            """{"type":"ValueError","module":"builtins","bases":["Exception","BaseException"],"message":"no","args":["1","'x'"]""" +
                ""","notes":["n"],"traceback":"Traceback","frames":[{"file":"a.py","line":3,"function":"f","code":"x()"}]""" +
                ""","cause":{"type":"KeyError","message":"'k'"}}""",
            """{"type":{"__snakepit__":"str","v":"ANg="},"message":{"__snakepit__":"str","v":"YQA72A=="}""" +
                ""","frames":[{"file":"a","line":99999999999,"function":"f"}]}""",
            "\"\\udc00\"", "\"text\"", "null", "[]",
        ], Utf8)];

    private static byte[] ListOf(byte[][] items) => [(byte)'[', (byte)items.Length, 0, 0, 0, .. items.SelectMany(static item => item)];

    private static IEnumerable<byte[]> Bodies(FrameType type, params string[] bodies) =>
        bodies.Select(body => FrameWriter.Frame(type, Utf8(body)));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static bool IsShort(byte[] wire) => wire.Length < Longest;

    private static JsonElement[] Vectors(string file)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Snakepit.slnx")))
        {
            folder = folder.Parent;
        }
        string root = folder?.FullName ?? throw new DirectoryNotFoundException("This runs inside its repository.");
        using JsonDocument vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(root, "tests", "vectors", file)));
        return [.. vectors.RootElement.EnumerateArray().Select(static vector => vector.Clone())];
    }
}
