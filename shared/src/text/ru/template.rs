//! Templates: what their settings are called, what is wrong with one, and what comes of it.

pub(super) const TEMPLATE: &[(&str, &str)] = &[
    ("Another CRM, by a template", "Другая CRM, по шаблону"),
    (
        "Where the CRM's API is, such as https://api.pipedrive.com; every request goes below it.",
        "Где находится API этой CRM, например https://api.pipedrive.com; все запросы идут ниже этого адреса.",
    ),
    ("Token", "Токен"),
    (
        "What the template's headers name {}: an API key or token.",
        "То, что заголовки шаблона называют {}: API-ключ или токен.",
    ),
    ("Template", "Шаблон"),
    (
        "A JSON document of requests, of at most 16 KiB; shared/docs/templates.md teaches writing one.",
        "JSON-документ с запросами, не более 16 КиБ; как его писать, рассказано в shared/docs/templates.md.",
    ),
    ("there is no template", "шаблона нет"),
    ("the template can't be read: save it again", "шаблон не читается: сохраните его заново"),
    ("give an address without ? and #", "укажите адрес без ? и #"),
    ("the CRM refused what the template made of the call", "CRM отклонила то, что шаблон сделал из звонка"),
    (
        "the CRM answered with an error whose code the template knows",
        "CRM ответила ошибкой, код которой шаблон знает",
    ),
    (
        "the CRM has another address: enter the one that it redirects to",
        "у CRM другой адрес: введите тот, на который она отсылает",
    ),
    (
        "the CRM has nothing at the place that the template names",
        "в месте, которое называет шаблон, у CRM ничего нет",
    ),
    (
        "the template changes no call that the CRM has: it stands there as it was told first",
        "шаблон не меняет звонки, которые есть в CRM: он остался таким, как был сообщён сначала",
    ),
    (
        "the template removes no call that the CRM has: it stands there as it was told first",
        "шаблон не удаляет звонки, которые есть в CRM: он остался таким, как был сообщён сначала",
    ),
    (
        "not logged: the template wants a contact, and there is no outside number to find one by",
        "не записано: шаблону нужен контакт, а внешнего номера нет",
    ),
    (
        "not logged: the template wants a contact, and the CRM knows nobody with this number",
        "не записано: шаблону нужен контакт, а CRM не знает этого номера",
    ),
    (
        "the template puts a value into the path that this call does not have",
        "шаблон ставит в путь значение, которого у этого звонка нет",
    ),
    ("the template can't be read", "шаблон не читается"),
    ("the template is longer than 16 KiB", "шаблон длиннее 16 КиБ"),
    ("the template is not JSON", "шаблон не является JSON"),
    ("this must be an object", "это должен быть объект"),
    ("there is no such member; there are: {}", "такого поля нет; есть: {}"),
    ("say where it stands in the answer, such as /data/id", "укажите, где это в ответе, например /data/id"),
    ("it needs `contact`, which finds what was made before", "нужно `contact`: оно находит созданное раньше"),
    ("this must be given", "это нужно указать"),
    (
        "say how a repeat is known: `once` with the header or field of a key, or `look`",
        "укажите, как узнать повтор: `once` с заголовком или полем ключа, или `look`",
    ),
    ("give one of them: header, or field", "укажите одно из двух: header или field"),
    ("what it names must be \"{}\" in `create`", "то, что здесь названо, в `create` должно быть \"{}\""),
    ("this must be a status from 300 to 599", "это должен быть код ответа от 300 до 599"),
    ("this must be one of {}", "это должно быть одно из: {}"),
    ("this must be a word, not {}", "здесь должно быть слово, а не {}"),
    (
        "what the template makes of this call is longer than 64 KiB",
        "то, что шаблон сделал из этого звонка, длиннее 64 КиБ",
    ),
    (
        "a header's value has characters that no header may have",
        "в значении заголовка есть недопустимые символы",
    ),
    ("a header has no proper name", "имя заголовка недопустимо"),
    (
        "this must be one of GET, POST, PUT, PATCH, DELETE",
        "это должно быть одно из: GET, POST, PUT, PATCH, DELETE",
    ),
    ("a request carries a body or a form, not both", "запрос несёт тело или форму, но не оба"),
    ("a GET carries nothing: use a query", "у GET нет тела: используйте query"),
    ("this must be a list of statuses from 200 to 299", "это должен быть список кодов от 200 до 299"),
    (
        "a header's name has letters, digits and hyphens only",
        "в имени заголовка только буквы, цифры и дефисы",
    ),
    ("this header is not a template's to set", "этот заголовок шаблон задавать не может"),
    (
        "a header's value is one line of visible ASCII characters",
        "значение заголовка — одна строка видимых символов ASCII",
    ),
    ("there are more than 64 of them", "их больше 64"),
    ("this must be a text", "это должен быть текст"),
    ("this is longer than 2048 bytes", "это длиннее 2048 байт"),
    ("a loop: {{}} is known only after this request", "петля: {{}} известно только после этого запроса"),
    ("{} may stand in headers alone", "{} может стоять только в заголовках"),
    (
        "{{}} is a call's, and this request is made without one",
        "{{}} относится к звонку, а этот запрос делается без него",
    ),
    ("there is no value {{}}; there are: {}", "значения {{}} нет; есть: {}"),
    ("the body is longer than 8 KiB", "тело длиннее 8 КиБ"),
    ("the body has more than 64 named values", "в теле больше 64 именованных значений"),
    ("the body is nested deeper than 8", "вложенность тела больше 8"),
    (
        "only a path: requests go to the host of `url` and nowhere else",
        "только путь: запросы идут на хост из `url` и никуда больше",
    ),
    ("this must begin with /", "это должно начинаться с /"),
    (
        "a path without ?, #, backslashes, spaces and control characters; put the rest into `query`",
        "путь без ?, #, обратной косой черты, пробелов и управляющих символов; остальное — в `query`",
    ),
    ("a path without . and ..", "путь без . и .."),
    (
        "a brace stands alone; write it twice if it is meant itself",
        "скобка стоит одна; если нужна она сама, напишите её дважды",
    ),
    ("only {}, {} or {}", "только {}, {} или {}"),
    (
        "the template wants a number where this call has none: a user or contact with another kind of id",
        "шаблону нужно число, а у этого звонка его нет: у сотрудника или контакта id другого вида",
    ),
];
