using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Snakepit.Tests.Values;

/// <summary>The attributes of System.Text.Json apply to arguments and results.</summary>
public abstract partial class ObjectContractTests(RoundTrip codec)
{
    public sealed class Extended
    {
        public int A { get; set; }

        [JsonExtensionData]
        public Dictionary<string, object?>? More { get; set; }
    }

    public sealed class ExtendedByElements
    {
        public int A { get; set; }

        [JsonExtensionData]
        public IDictionary<string, JsonElement>? More { get; set; }
    }

    [JsonPolymorphic]
    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Square), "square")]
    public abstract record Shape(string Name);

    public sealed record Circle(string Name, double Radius) : Shape(Name);

    public sealed record Square(string Name, double Side) : Shape(Name);

    public sealed class Populated
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public Dictionary<string, int> Counts { get; } = new() { ["kept"] = 1 };

        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<int> Numbers { get; } = [1];
    }

    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public sealed class AllPopulated
    {
        public IDictionary<string, int> Counts { get; set; } = new Dictionary<string, int> { ["kept"] = 1 };

        public string? Name { get; set; }
    }

    public sealed class Required
    {
        public required string UserName { get; set; }

        public required int Age { get; init; }

        [JsonRequired]
        public int Plain { get; set; }
    }

    public sealed class Hidden
    {
        [JsonInclude]
        internal int Inner { get; set; }

        [JsonInclude]
        internal int Field = 1;

        [JsonIgnore]
        public int Ignored { get; set; } = 5;

        [JsonPropertyName("renamed")]
        public int Other { get; init; }

        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Nothing { get; set; }
    }

    public sealed class Numbers
    {
        [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
        public int Text { get; set; }

        [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
        public double? Maybe { get; set; }

        [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
        public double[]? Floats { get; set; }
    }

    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    public sealed record AllNumbers(int A, List<int>? B);

    public sealed class Converted
    {
        [JsonConverter(typeof(Shout))]
        public string? Name { get; set; }

        [JsonConverter(typeof(JsonStringEnumConverter<DayOfWeek>))]
        public DayOfWeek Day { get; set; }

        public Spelled Spelled { get; set; }

        public CountedDictionary? Counted { get; set; }
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Spelled>))]
    public enum Spelled
    {
        First,
        Second,
    }

    [JsonConverter(typeof(CountedConverter))]
    public sealed class CountedDictionary : Dictionary<string, int>;

    public sealed class CountedConverter : JsonConverter<CountedDictionary>
    {
        public override CountedDictionary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new() { ["count"] = reader.GetInt32() };

        public override void Write(Utf8JsonWriter writer, CountedDictionary value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Count);
    }

    public sealed class Shout : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString()?.TrimEnd('!');

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteStringValue($"{value}!");
    }

    [JsonSerializable(typeof(Extended))]
    [JsonSerializable(typeof(Required))]
    [JsonSerializable(typeof(Shape))]
    [JsonSerializable(typeof(List<Shape>))]
    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    private sealed partial class Generated : JsonSerializerContext;

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Extension_data_is_written_as_members_and_read_back()
    {
        var value = new Extended { A = 1, More = new() { ["b"] = 2L, ["c"] = new List<object?> { "x", double.NaN, null } } };
        Assert.Equal("""{"A":1,"b":2,"c":["x",{"__snakepit__":"float","v":"nan"},null]}""", RoundTrip.Wire(value));
        Extended read = RoundTrip.Of(value);
        Assert.Equal((1, 2L), (read.A, read.More!["b"]));
        Assert.Equal(["x", double.NaN, null], Assert.IsType<List<object?>>(read.More["c"]));
        Assert.Equal("""[{"A":1},{"A":2}]""", RoundTrip.Wire(new[] { new Extended { A = 1 }, new Extended { A = 2, More = [] } }));
        Assert.Null(RoundTrip.Read<Extended>("""{"a":5}""").More);
        Assert.Equal(
            """["t",{"A":1,"b":2}]""",
            RoundTrip.Call(ToolArguments.From(new Extended { A = 1, More = new() { ["b"] = 2 } }, Generated.Default.Extended)));
    }

    [Fact]
    public void Extension_data_of_other_types_is_too()
    {
        var elements = new ExtendedByElements { More = new Dictionary<string, JsonElement> { ["b"] = JsonElement.Parse("[1]") } };
        Assert.Equal("""{"A":0,"b":[1]}""", RoundTrip.Wire(elements));
        Assert.Equal(1, RoundTrip.Of(elements).More!["b"][0].GetInt32());
    }

    [Fact]
    public void Extension_data_that_no_member_can_be_named_throws() =>
        Assert.Throws<ArgumentException>(() => RoundTrip.Wire(new Extended { More = new() { ["__snakepit__"] = 1 } }));

    [Fact]
    public void Polymorphic_types_keep_their_discriminator()
    {
        List<Shape> shapes = [new Circle("a", 1.5), new Square("b", 2)];
        Assert.Equal("""[{"$type":"circle","Radius":1.5,"Name":"a"},{"$type":"square","Side":2.0,"Name":"b"}]""", RoundTrip.Wire(shapes));
        Assert.Equal(shapes, RoundTrip.Of(shapes));
        Assert.Equal(new Square("b", 2), RoundTrip.Read<Shape>("""{"$type":"square","name":"b","side":2}"""));
    }

    [Fact]
    public void Populated_members_keep_what_they_have()
    {
        Populated read = RoundTrip.Read<Populated>("""{"counts":{"new":2},"numbers":[2]}""");
        Assert.Equal(new Dictionary<string, int> { ["kept"] = 1, ["new"] = 2 }, read.Counts);
        Assert.Equal([1, 2], read.Numbers);
        Assert.Equal(2, RoundTrip.Read<AllPopulated>("""{"counts":{"new":2},"name":"x"}""").Counts.Count);
    }

    [Fact]
    public void Required_members_are_required_in_either_spelling()
    {
        Required read = RoundTrip.Read<Required>("""{"user_name":"Ada","age":36,"plain":1}""");
        Assert.Equal(("Ada", 36, 1), (read.UserName, read.Age, read.Plain));
        Assert.Equal("Ada", RoundTrip.Of(read).UserName);
        Assert.Equal(
            "Ada", RoundTrip.WithContracts(Generated.Default).Read<Required>("""{"UserName":"Ada","age":36,"plain":1}""").UserName);
        string[] incomplete = ["""{"age":36,"plain":1}""", """{"user_name":"Ada","plain":1}""", """{"user_name":"Ada","age":36}""", "{}"];
        foreach (string wire in incomplete)
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Required>(wire));
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Required[]>($"[{wire}]"));
        }
        Assert.Contains(
            "UserName",
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Required>("""{"age":36,"plain":1}""")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Included_ignored_and_renamed_members_are_as_declared()
    {
        Assert.Equal("""{"Inner":1,"Field":2,"renamed":3}""", SortedLike(RoundTrip.Wire(new Hidden { Inner = 1, Field = 2, Other = 3 })));
        Hidden read = RoundTrip.Read<Hidden>("""{"inner":1,"field":2,"renamed":3,"ignored":4}""");
        Assert.Equal((1, 2, 3, 5), (read.Inner, read.Field, read.Other, read.Ignored));

        static string SortedLike(string wire)
        {
            JsonObject json = JsonNode.Parse(wire)!.AsObject();
            return $$"""{"Inner":{{json["Inner"]}},"Field":{{json["Field"]}},"renamed":{{json["renamed"]}}}""";
        }
    }

    [Fact]
    public void Number_handling_is_followed()
    {
        Assert.Equal(
            """{"Text":"5","Maybe":1.5,"Floats":{"__snakepit__":"array","dtype":"<f8","shape":[1],"v":"AAAAAAAA8D8=","list":true}}""",
            RoundTrip.Wire(new Numbers { Text = 5, Maybe = 1.5, Floats = [1] }));
        Numbers read = RoundTrip.Read<Numbers>("""{"text":"5","maybe":"1.5","floats":[1]}""");
        Assert.Equal((5, 1.5), (read.Text, read.Maybe));
        Assert.Equal(6, RoundTrip.Read<Numbers>("""{"text":6}""").Text);
        Assert.Null(RoundTrip.Read<Numbers>("""{"maybe":null}""").Maybe);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Numbers>("""{"text":"x"}"""));
        Assert.Equal(new AllNumbers(5, null), RoundTrip.Read<AllNumbers>("""{"a":"5"}"""));
    }

    [Fact]
    public void Converters_of_members_and_types_are_used()
    {
        var value =
            new Converted { Name = "a", Day = DayOfWeek.Friday, Spelled = Spelled.Second, Counted = new CountedDictionary { ["x"] = 1 } };
        Assert.Equal("""{"Name":"a!","Day":"Friday","Spelled":"Second","Counted":1}""", RoundTrip.Wire(value));
        Converted read = RoundTrip.Of(value);
        Assert.Equal(("a", DayOfWeek.Friday, Spelled.Second, 1), (read.Name, read.Day, read.Spelled, read.Counted!["count"]));
    }

    [Fact]
    public void Context_gives_contracts_and_not_its_settings()
    {
        // Names travel as declared: a naming policy of the user's context does not apply.
        RoundTrip generated = RoundTrip.WithContracts(Generated.Default);
        Assert.Equal("""{"A":1}""", generated.Wire(new Extended { A = 1 }));
        Assert.Equal([new Circle("a", 1)], generated.Of(new List<Shape> { new Circle("a", 1) }));
        Assert.Equal(2L, generated.Read<Extended>("""{"A":1,"b":2}""").More!["b"]);
    }
}

public sealed class JsonObjectContractTests() : ObjectContractTests(new JsonRoundTrip());

public sealed class MarshalObjectContractTests() : ObjectContractTests(new MarshalRoundTrip());
