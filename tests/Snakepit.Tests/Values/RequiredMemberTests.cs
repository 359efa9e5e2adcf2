using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Tests.Values;

/// <summary>Members that Python did not send, or sent as None.</summary>
[Trait("Rule", "V1")]
public abstract class RequiredMemberTests(RoundTrip lenient)
{
    private readonly RoundTrip _strict = lenient.RequiringMembers();

    public sealed record Reading(string Name, double MaxValue, int? Count, string? Unit, int Retries = 3)
    {
        public string Note { get; set; } = "none";

        public string? Hint { get; set; }
    }

    public sealed record Ordered
    {
        public required string Sku { get; init; }
    }

    public sealed record Declared([property: JsonRequired] int MaxValue, [property: JsonRequired] string Name, int MinValue = 3);

    public sealed class Holder
    {
        public Declared? Inner { get; set; }
    }

    public readonly record struct Range
    {
        public required int MaxValue { get; init; }
    }

    public readonly record struct Limit([property: JsonRequired] int MaxValue);

    [method: JsonConstructor]
    public readonly record struct Point(double X, double Y);

    public sealed record Node(
        string Name, Node? Next, List<Node> All, Dictionary<string, Node> ByName, Dictionary<int, Node> ById, Point? At);

    [Fact]
    public void Without_the_option_what_is_missing_is_the_default()
    {
        Reading read = lenient.Read<Reading>("{}");
        Assert.Equal((null, 0, null, null, 3, "none"), (read.Name, read.MaxValue, read.Count, read.Unit, read.Retries, read.Note));
        Assert.Null(lenient.Read<Reading>("""{"name":null,"note":null}""").Note);
    }

    [Fact]
    public void Required_members_are_required_by_both()
    {
        foreach (RoundTrip codec in new[] { lenient, _strict })
        {
            Assert.Equal("x", codec.Read<Ordered>("""{"sku":"x"}""").Sku);
            Assert.Contains(
                "Sku", Assert.ThrowsAny<JsonException>(() => codec.Read<Ordered>("{}")).Message, StringComparison.OrdinalIgnoreCase);
            Assert.Equal("$[1]", Assert.ThrowsAny<JsonException>(() => codec.Read<Ordered[]>("""[{"sku":"x"},{}]""")).Path);
        }
    }

    [Fact]
    public void Parameters_whose_property_is_required_are_required_by_both_in_either_spelling()
    {
        foreach (RoundTrip codec in new[] { lenient, _strict })
        {
            Assert.Equal(new Declared(1, "a"), codec.Read<Declared>("""{"max_value":1,"name":"a"}"""));
            Assert.Equal(new Declared(1, "a", 4), codec.Read<Declared>("""{"MaxValue":1,"Name":"a","MinValue":4}"""));
            Assert.Equal(new Declared(0, "a"), codec.Read<Declared>("""{"maxvalue":0,"name":"a","min_value":3}"""));
            JsonException error = Assert.ThrowsAny<JsonException>(
                () => codec.Read<Dictionary<string, List<Declared>>>("""{"x":[{"max_value":1,"name":"a"},{"name":"a"}]}"""));
            Assert.Equal("$.x[1]", error.Path);
            Assert.EndsWith("Python sent nothing for MaxValue of Declared.", error.Message, StringComparison.Ordinal);
            Assert.Contains(
                "Name",
                Assert.ThrowsAny<JsonException>(() => codec.Read<Declared>("""{"max_value":1}""")).Message,
                StringComparison.OrdinalIgnoreCase);
            Assert.ThrowsAny<JsonException>(() => codec.Read<Holder>("""{"inner":{"name":"a"}}"""));
            Assert.Equal(2, codec.Read<Holder>("""{"inner":{"max_value":2,"name":"a"}}""").Inner!.MaxValue);
        }
    }

    [Fact]
    public void Members_of_a_struct_that_are_required_are_required_by_both_in_either_spelling()
    {
        foreach (RoundTrip codec in new[] { lenient, _strict })
        {
            Assert.Equal(1, codec.Read<Range>("""{"max_value":1}""").MaxValue);
            Assert.Equal(1, codec.Read<Range>("""{"MaxValue":1}""").MaxValue);
            Assert.Contains("MaxValue", Assert.ThrowsAny<JsonException>(() => codec.Read<Range>("{}")).Message, StringComparison.Ordinal);
            Assert.Equal(1, codec.Read<Limit>("""{"max_value":1}""").MaxValue);
            Assert.Equal(1, codec.Read<Limit>("""{"MaxValue":1}""").MaxValue);
            Assert.Contains("MaxValue", Assert.ThrowsAny<JsonException>(() => codec.Read<Limit>("{}")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Parameters_without_a_default_are_required_in_either_spelling()
    {
        Reading expected = new("a", 1.5, null, null);
        Assert.Equal(expected, _strict.Read<Reading>("""{"name":"a","max_value":1.5,"count":null,"unit":null}"""));
        Assert.Equal(expected, _strict.Read<Reading>("""{"Name":"a","MaxValue":1.5,"Count":null,"Unit":null}"""));
        Assert.Equal(0, _strict.Read<Reading>("""{"Name":"a","MaxValue":0,"Count":null,"Unit":null}""").MaxValue);
        JsonException error = Assert.ThrowsAny<JsonException>(() => _strict.Read<Reading>("""{"name":"a","max":1}"""));
        Assert.Equal(
            "The result cannot be read as Reading: Python sent a dict with the keys 'name', 'max'. "
                + "Python sent nothing for MaxValue, Count, Unit of Reading (Values.RequireMembers).",
            error.Message);
    }

    [Fact]
    public void None_is_refused_where_null_is()
    {
        const string Rest = "\"max_value\":1,\"count\":null,\"unit\":null";
        Assert.ThrowsAny<JsonException>(() => _strict.Read<Reading>($$"""{"name":null,{{Rest}}}"""));
        Assert.ThrowsAny<JsonException>(() => _strict.Read<Reading>($$"""{"name":"a","note":null,{{Rest}}}"""));
        Assert.Equal(
            ("none", null),
            _strict.Read<Reading>($$"""{"name":"a","hint":null,{{Rest}}}""") is var read ? (read.Note, read.Hint) : default);
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("\"next\":{},", "$.next")]
    [InlineData("\"all\":[{}],", "$.all[0]")]
    [InlineData("\"by_name\":{\"a b\":{}},", "$.by_name['a b']")]
    [InlineData("\"at\":{\"x\":1},", "$.at")]
    [InlineData("\"by_id\":{\"__snakepit__\":\"map\",\"v\":[[1,{}]]},", "$.by_id")]
    public void Missing_parameter_of_an_object_within_has_its_path(string member, string path)
    {
        string[] names = ["name", "next", "all", "by_name", "by_id", "at"];
        string rest = string.Concat(
            names.Where(name => !member.Contains($"\"{name}\":", StringComparison.Ordinal)).Select(
                static name => $"\"{name}\":{(name switch { "name" => "\"n\"", "next" or "at" => "null", "all" => "[]", _ => "{}" })},"));
        string complete = $"{{{member}{rest}".TrimEnd(',') + "}";
        if (path == "$")
        {
            Assert.Equal("n", _strict.Read<Node>(complete).Name);
            return;
        }
        JsonException error = Assert.ThrowsAny<JsonException>(() => _strict.Read<Node>(complete));
        Assert.Equal(path, error.Path);
        Assert.Contains("Python sent nothing for ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_sent_may_have_nulls_all_the_same() =>
        Assert.Equal(
            """{"Name":null,"MaxValue":0.0,"Count":null,"Unit":null,"Retries":3,"Note":null,"Hint":null}""",
            _strict.Wire(new Reading(null!, 0, null, null) { Note = null! }));

    [Fact]
    public void Values_that_are_no_objects_are_read_as_ever()
    {
        Assert.Equal(1, _strict.Read<int>("1"));
        Assert.Null(_strict.Read<string>("null"));
        Assert.Equal([1.5], _strict.Read<double[]>(_strict.Wire(NdArray.From<double>([1.5]))));
        Assert.Equal((1, "a"), _strict.Read<(int, string)>("""[1,"a"]"""));
        Assert.Equal(
            2L,
            _strict.Read<Dictionary<string, object?>>("""{"a":{"b":2}}""")["a"] is Dictionary<string, object?> inner ? inner["b"] : null);
    }
}

public sealed class JsonRequiredMemberTests() : RequiredMemberTests(new JsonRoundTrip());

public sealed class MarshalRequiredMemberTests() : RequiredMemberTests(new MarshalRoundTrip());
