using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FastBond.Linux;

namespace FastBond.Api;

/// <summary>Body of <c>POST /v1/bonds</c>.</summary>
internal sealed record AddBondBody(
    string Name, IReadOnlyList<OptionSetting>? Options = null, IReadOnlyList<string>? Slaves = null, bool TakeDown = false, bool Force = false);

/// <summary>Body of <c>PUT /v1/bonds/B/slaves/S</c>; may be absent.</summary>
internal sealed record EnslaveBody(IReadOnlyList<OptionSetting>? Options = null, bool TakeDown = false, bool Force = false);

/// <summary>Body of every 4xx and 5xx answer; of a configuration that is refused, all there is to say of it besides.</summary>
internal sealed record ErrorBody(string Error, string Message, IReadOnlyList<string>? Problems = null);

/// <summary>Body of <c>POST /v1/reload</c>; may be absent. <c>confirm</c> is in seconds.</summary>
internal sealed record ReloadBody(int? Confirm = null);

/// <summary>Answer to <c>POST /v1/reload</c> and <c>POST /v1/configuration</c>: what was done, and what there is to say of the configuration.</summary>
internal sealed record ReloadAnswer(IReadOnlyList<string> Steps, IReadOnlyList<string> Problems);

/// <summary>One line of <c>GET /v1/events</c> where events were lost for want of room.</summary>
internal sealed record LostEvents(int Lost);

/// <summary>The control API's JSON, generated at build time. Names are in snake_case; an unknown name is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(OptionSettingsConverter)])]
[JsonSerializable(typeof(AddBondBody))]
[JsonSerializable(typeof(EnslaveBody))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ReloadBody))]
[JsonSerializable(typeof(ReloadAnswer))]
[JsonSerializable(typeof(IReadOnlyList<BondState>))]
[JsonSerializable(typeof(BondEvent))]
[JsonSerializable(typeof(LostEvents))]
[JsonSerializable(typeof(IReadOnlyList<OptionSetting>))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>
/// Options as one JSON object, <c>{"mode":"active-backup","miimon":100}</c>. Order and repetition are kept, since both mean something to
/// the engine; a number stands for its digits.
/// </summary>
internal sealed class OptionSettingsConverter : JsonConverter<IReadOnlyList<OptionSetting>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<OptionSetting> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("options are an object of name and value");
        }

        List<OptionSetting> settings = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            string value = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                _ => throw new JsonException($"the value of {name} must be a string or a number"),
            };
            settings.Add(new OptionSetting(name.Replace('-', '_'), value));
        }

        return settings;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<OptionSetting> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (OptionSetting setting in value)
        {
            writer.WriteString(setting.Name, setting.Value);
        }

        writer.WriteEndObject();
    }
}
