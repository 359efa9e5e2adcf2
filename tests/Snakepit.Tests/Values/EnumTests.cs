using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Tests.Values;

/// <summary>Enums travel by name, in both directions and in both codecs.</summary>
[Trait("Rule", "V1")]
public abstract class EnumTests(RoundTrip codec)
{
    public enum Colour
    {
        None,
        Red,
        DarkRed,
        Crimson = DarkRed,
    }

    [Flags]
    public enum Rights : sbyte
    {
        Read = 1,
        Write = 2,
        All = Read | Write | 16,
        Last = -128,
    }

    [Flags]
    public enum Wide : ulong
    {
        Nothing = 0,
        Low = 1,
        High = 1UL << 63,
    }

    [SuppressMessage("Naming", "CA1708", Justification = "It is what is tested.")]
    public enum Cases
    {
        Mega,
        mega,
        MEGA_,
    }

    public enum Small : byte
    {
        One = 1,
    }

    public enum Spelled
    {
        [JsonStringEnumMemberName("in-progress")]
        InProgress,
        Done,
    }

    [Flags]
    public enum Joined
    {
        [JsonStringEnumMemberName("a|b")]
        First = 1,
        [JsonStringEnumMemberName("c, d")]
        Second = 2,
        Third = 4,
        [JsonStringEnumMemberName(" x")]
        Fourth = 8,
        [JsonStringEnumMemberName("Third|Fifth")]
        Trap = 16,
        Fifth = 32,
    }

    public enum Swapped
    {
        [JsonStringEnumMemberName("B")]
        A,
        B,
    }

    [JsonConverter(typeof(JsonNumberEnumConverter<Numbered>))]
    public enum Numbered
    {
        One = 1,
    }

    public sealed record Car(Colour Colour, Colour? Roof, Rights Rights, List<Colour> Stripes, Dictionary<Colour, int> Counts);

    /// <summary>Names from attributes may look like several names, or like another name.</summary>
    [Theory]
    [InlineData(Joined.First, "\"a|b\"")]
    [InlineData(Joined.Second, "\"c, d\"")]
    [InlineData(Joined.Fourth, "\" x\"")]
    [InlineData(Joined.Trap, "\"Third|Fifth\"")]
    [InlineData(Joined.First | Joined.Third, "5")]
    [InlineData(Joined.Second | Joined.Third, "6")]
    [InlineData(Joined.Third | Joined.Fourth, "12")]
    [InlineData(Joined.Third | Joined.Fifth, "36")]
    [InlineData(Joined.Trap | Joined.Fifth, "48")]
    [InlineData(Swapped.A, "\"B\"")]
    [InlineData(Swapped.B, "1")]
    public void Name_that_would_be_read_as_something_else_is_sent_as_a_number(Enum value, string wire)
    {
        Assert.Equal(wire, RoundTrip.Wire(value));
        Assert.Equal(value, value is Joined ? (Enum)RoundTrip.Read<Joined>(wire) : RoundTrip.Read<Swapped>(wire));
    }

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Value_is_sent_as_its_name()
    {
        Assert.Equal("\"Red\"", RoundTrip.Wire(Colour.Red));
        Assert.Equal("\"DarkRed\"", RoundTrip.Wire(Colour.Crimson));
        Assert.Equal("\"Red\"", RoundTrip.Wire((Colour?)Colour.Red));
        Assert.Equal("null", RoundTrip.Wire((Colour?)null));
        Assert.Equal("\"in-progress\"", RoundTrip.Wire(Spelled.InProgress));
        Assert.Equal("1", RoundTrip.Wire(Numbered.One));
        Assert.Equal("""["t",["Friday"]]""", RoundTrip.Call(ToolArguments.Positional(DayOfWeek.Friday)));
    }

    [Fact]
    public void Value_without_a_name_is_sent_as_its_number()
    {
        Assert.Equal("42", RoundTrip.Wire((Colour)42));
        Assert.Equal("-1", RoundTrip.Wire((Colour)(-1)));
        Assert.Equal("4", RoundTrip.Wire((Rights)4));
        Assert.Equal("7", RoundTrip.Wire((Rights)7));
        Assert.Equal("0", RoundTrip.Wire((Rights)0));
        Assert.Equal("2", RoundTrip.Wire((Wide)2));
    }

    [Theory]
    [InlineData(1, "Read")]
    [InlineData(3, "Read|Write")]
    [InlineData(19, "All")]
    [InlineData(-128, "Last")]
    [InlineData(-127, "Read|Last")]
    [InlineData(-109, "All|Last")]
    public void Flags_are_sent_as_their_names_and_read_again(int number, string names)
    {
        Assert.Equal($"\"{names}\"", RoundTrip.Wire((Rights)number));
        Assert.Equal((Rights)number, RoundTrip.Of((Rights)number));
    }

    [Theory]
    [InlineData(Cases.Mega)]
    [InlineData(Cases.mega)]
    [InlineData(Cases.MEGA_)]
    public void Names_that_differ_by_their_spelling_alone_stay_apart(Cases value) => Assert.Equal(value, RoundTrip.Of(value));

    [Fact]
    public void Array_of_values_as_small_as_a_byte_is_sent_by_names()
    {
        Assert.Equal("[\"One\"]", RoundTrip.Wire(new[] { Small.One }));
        Assert.Equal([Small.One], RoundTrip.Of<Small[]>([Small.One]));
        Assert.Equal([Rights.Read], RoundTrip.Of<Rights[]>([Rights.Read]));
    }

    [Fact]
    public void Flags_are_read_from_names_in_any_spelling()
    {
        Assert.Equal(Rights.Read | Rights.Write, RoundTrip.Read<Rights>("\"WRITE|read\""));
        Assert.Equal(Rights.Read | Rights.Write, RoundTrip.Read<Rights>("\"Read, Write\""));
        Assert.Equal(Wide.Low | Wide.High, RoundTrip.Of(Wide.Low | Wide.High));
        Assert.Equal(Wide.Nothing, RoundTrip.Of(Wide.Nothing));
        Assert.Contains(
            "Read, Write, All, Last",
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Rights>("\"Read|Run\"")).Message,
            StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Rights>("\"Read|\""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Colour>("\"Red|DarkRed\""));
    }

    [Fact]
    public void Enums_within_objects_lists_and_keys_go_there_and_back()
    {
        var car = new Car(Colour.DarkRed, null, Rights.All, [Colour.Red, Colour.None], new() { [Colour.Red] = 1 });

        Assert.Equal(
            """{"Colour":"DarkRed","Roof":null,"Rights":"All","Stripes":["Red","None"],"Counts":{"__snakepit__":"map","v":[["Red",1]]}}""",
            RoundTrip.Wire(car));
        Car read = RoundTrip.Of(car);
        Assert.Equal((car.Colour, car.Roof, car.Rights), (read.Colour, read.Roof, read.Rights));
        Assert.Equal(car.Stripes, read.Stripes);
        Assert.Equal(car.Counts, read.Counts);
        Assert.Equal(Colour.Red, RoundTrip.Read<Dictionary<Colour, int>>("""{"RED":1}""").Keys.Single());
        Assert.Equal(Spelled.InProgress, RoundTrip.Read<Spelled>("\"in-progress\""));
        Assert.Equal(Spelled.InProgress, RoundTrip.Read<Spelled>("0"));
    }
}

public sealed class JsonEnumTests() : EnumTests(new JsonRoundTrip());

public sealed class MarshalEnumTests() : EnumTests(new MarshalRoundTrip());
